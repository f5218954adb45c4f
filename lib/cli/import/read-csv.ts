/** Reads CSV (RFC 4180) as it arrives. */

/** One record: its cells, or `null` where a quote is never closed or is followed by other text. */
export interface CsvRecord {
  /** The line of the file on which the record begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[] | null;
}

/** Where the reader stands: in a cell without quotes, within quotes, or behind the closing one. */
type Place = 'plain' | 'quoted' | 'closed';

/**
 * The records of CSV text: commas, double quotes, line ends within quotes, CRLF or LF, a byte order mark. Empty
 * lines are passed over. A quote within a cell that does not begin with one stands for itself.
 */
export async function* readCsv(chunks: AsyncIterable<string>): AsyncGenerator<CsvRecord, void, void> {
  let cells: string[] = [];
  let cell = '';
  let place: Place = 'plain';
  let broken = false;
  let line = 1;
  let begun = 1;
  let started = false;

  function endCell(): void {
    cells.push(cell);
    cell = '';
    place = 'plain';
  }
  function endRecord(): CsvRecord | null {
    if (place === 'plain') cell = cell.replace(/\r$/, '');
    const quoted = place !== 'plain';
    endCell();
    const isEmpty = cells.length === 1 && cells[0] === '' && !quoted;
    const record = isEmpty ? null : { line: begun, cells: broken ? null : cells };
    cells = [];
    broken = false;
    begun = line;
    return record;
  }

  for await (const chunk of chunks) {
    const text = started ? chunk : chunk.replace(/^\ufeff/, '');
    started = true;
    for (const character of text) {
      if (character === '\n') line += 1;
      if (place === 'quoted') {
        if (character === '"') place = 'closed';
        else cell += character;
      } else if (character === ',') {
        endCell();
      } else if (character === '\n') {
        const record = endRecord();
        if (record !== null) yield record;
      } else if (place === 'closed') {
        // Two quotes within quotes stand for one.
        if (character === '"') {
          cell += '"';
          place = 'quoted';
        } else if (character !== '\r') {
          broken = true;
        }
      } else if (character === '"' && cell === '') {
        place = 'quoted';
      } else {
        cell += character;
      }
    }
  }
  if (place === 'quoted') broken = true;
  const last = endRecord();
  if (last !== null) yield last;
}
