/** The results as text for people. */

/** Rows as columns of text; the first row is the titles. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  const [titles, ...rest] = rows.map(line);
  return [titles, '-'.repeat(titles.length), ...rest].join('\n');
}

function spread({ low, high }, digits) {
  return `${low.toFixed(digits)}-${high.toFixed(digits)}`;
}

function throughputTable(throughput) {
  return table([
    ['one route of Express 5', 'requests/s', 'of bare', 'quartiles', 'undisturbed', 'µs'],
    ...throughput.map(({ label, perSecond, ofBare, ofBareUndisturbed, micros }) => [
      label,
      perSecond.median.toFixed(0),
      ofBare.median.toFixed(3),
      spread(ofBare, 2),
      ofBareUndisturbed.toFixed(3),
      micros.toFixed(1),
    ]),
  ]);
}

function inProcessTable(inProcess) {
  return table([
    ['middleware and guard, cached key', 'ns', 'quartiles'],
    ...inProcess.map(({ label, nanoseconds }) => [
      label,
      nanoseconds.median.toFixed(0),
      spread(nanoseconds, 0),
    ]),
  ]);
}

function coldTable(cold) {
  return table([
    ['verification of a key that is not cached', 'µs', 'quartiles'],
    ...cold.map(({ label, micros }) => [label, micros.median.toFixed(1), spread(micros, 1)]),
  ]);
}

function bytesLine({ keys, bytes }) {
  const figure = bytes === null ? 'not measured: better-sqlite3 does not load' : `${bytes.toFixed(0)} bytes`;
  return `memory of a cached key, ${keys} keys: ${figure}`;
}

/** Everything that was measured. */
export function report(results) {
  const { node, cpu, cores, connections, rounds, turnMs, loading } = results;
  return [
    `Node ${node} on ${cpu}, ${cores} cores; ${connections} connections, ${rounds} rounds of ${turnMs} ms`,
    throughputTable(results.throughput),
    '"undisturbed" is the ratio, and µs the processor time of a request, in the fastest tenth of the turns',
    inProcessTable(results.inProcess),
    coldTable(results.cold),
    [
      ...results.memory.map(bytesLine),
      `loading the package: ${loading.own.median.toFixed(1)} ms of processor time beyond its dependencies ` +
        `(${loading.dependencies.median.toFixed(1)} ms)`,
    ].join('\n'),
  ].join('\n\n');
}
