/** The parts of an import: CSV, progress, and messages without values. */
import fc from 'fast-check';
import { hideValues, shownField } from '../../lib/cli/import/hide-values';
import { ImportTally, Progress } from '../../lib/cli/import/import-tally';
import { readCsv, type CsvRecord } from '../../lib/cli/import/read-csv';

/** CSV in pieces of `size` characters, as a stream would bring it. */
async function parsed(text: string, size = 1_000): Promise<CsvRecord[]> {
  async function* chunks(): AsyncGenerator<string> {
    for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
  }
  const records: CsvRecord[] = [];
  for await (const record of readCsv(chunks())) records.push(record);
  return records;
}

describe('readCsv', () => {
  it.each([
    [
      'plain',
      'a,b\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'CRLF and a last line end',
      'a,b\r\nc,d\r\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['a byte order mark', '\ufeffa\nb', [['a'], ['b']]],
    [
      'empty cells',
      ',\n"",x',
      [
        ['', ''],
        ['', 'x'],
      ],
    ],
    ['quotes', '"a, ""b""","c\nd"', [['a, "b"', 'c\nd']]],
    ['a quote within a cell', 'a"b,c', [['a"b', 'c']]],
    ['empty lines', '\n\r\na\n\n', [['a']]],
    ['text behind a quote', '"a"b,c\nd,e', [null, ['d', 'e']]],
    ['an open quote', 'a\n"b', [['a'], null]],
    ['nothing', '', []],
  ])('%s', async (_title, text, expected) => {
    expect((await parsed(text)).map(({ cells }) => cells)).toEqual(expected);
  });

  it('says on which line a record begins', async () => {
    expect((await parsed('a\n"b\nc"\n\nd')).map(({ line }) => line)).toEqual([1, 2, 5]);
  });

  it('reads back what was quoted, however it is cut into pieces', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '\u{1f511}') });
    const records = fc.array(fc.array(cell, { minLength: 2, maxLength: 3 }), { maxLength: 5 });
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(records, fc.integer({ min: 1, max: 7 }), async (rows, size) => {
        const text = rows.map((row) => `${row.map(quote).join(',')}\r\n`).join('');
        expect((await parsed(text, size)).map(({ cells }) => cells)).toEqual(rows);
      }),
    );
  });
});

describe('hideValues', () => {
  it.each([
    ['kind must be "secret"; received "user"', 'kind must be "secret"; received "user"'],
    ['received "a-token-of-16-ch"', 'received (a value that is not repeated here)'],
    ['"with \\" a quote in it": no', '(a value that is not repeated here): no'],
  ])('%s', (message, expected) => {
    expect(hideValues(message)).toBe(expected);
  });

  it('keeps the names of fields, and drops what may be a token', () => {
    expect([null, 'scopes', 'rateLimit.windowSeconds', 'a-token-of-16-ch'].map(shownField)).toEqual([
      null,
      'scopes',
      'rateLimit.windowSeconds',
      null,
    ]);
  });
});

describe('Progress', () => {
  function shown(isTty: boolean): string[] {
    const written: string[] = [];
    let now = 0;
    const progress = new Progress(
      (text) => written.push(text),
      isTty,
      () => now,
    );
    for (const [at, text] of [
      [0, 'one'],
      [100, 'two'],
      [200, 'three'],
    ] as const) {
      now = at;
      progress.show(text);
    }
    progress.clear();
    progress.clear();
    return written;
  }

  it('writes one line over and over on a terminal, not too often, and takes it away', () => {
    expect(shown(true)).toEqual(['\r\u001b[2Kone', '\r\u001b[2Kthree', '\r\u001b[2K']);
  });

  it('writes nothing elsewhere', () => {
    expect(shown(false)).toEqual([]);
  });
});

describe('ImportTally', () => {
  it('counts', () => {
    const tally = new ImportTally();
    tally.add({ line: 1, outcome: 'imported', id: 'a' });
    tally.add({ line: 2, outcome: 'invalid', field: null, message: 'm' });
    expect([tally.rows, tally.counts]).toEqual([2, { imported: 1, exists: 0, invalid: 1, failed: 0 }]);
  });
});
