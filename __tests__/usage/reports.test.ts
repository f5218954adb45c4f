import fc from 'fast-check';
import { findAnomalies, usageToCsv, usageToJson, type UsageRow } from '../../lib/usage';

function row(day: string, requests: number, keyId = 'k', denied = 0): UsageRow {
  return { keyId, day, dimension: '', requests, denied, limited: 0 };
}

/** 28 days before 2026-02-01 with these counts, oldest first, repeated as needed. */
function history(counts: readonly number[], keyId = 'k'): UsageRow[] {
  return Array.from({ length: 28 }, (_, i) => {
    const day = new Date(Date.UTC(2026, 0, 4 + i)).toISOString().slice(0, 10);
    return row(day, counts[i % counts.length] ?? 0, keyId);
  });
}

describe('findAnomalies', () => {
  it.each<[string, readonly number[], number, boolean]>([
    ['the usual', [1000, 1100, 950], 1050, false],
    ['ten times the usual', [1000, 1100, 950], 10_000, true],
    ['a weekday after a weekend', [1000, 1000, 1000, 1000, 1000, 0, 0], 1000, false],
    ['a peak of a key that does the same every day', [1000], 1700, true],
    ['little more of a key that does the same every day', [1000], 1100, false],
    ['a peak below the minimum', [1], 99, false],
    ['a key that was quiet until now', [0], 10_000, false],
  ])('%s', (_name, counts, today, unusual) => {
    const found = findAnomalies([...history(counts), row('2026-02-01', today)], '2026-02-01');
    expect(found.map(({ what }) => what)).toEqual(unusual ? ['requests'] : []);
  });

  it('is not led astray by one earlier peak', () => {
    const rows = history([1000]);
    rows[10] = row(rows[10]?.day ?? '', 1_000_000);
    expect(findAnomalies([...rows, row('2026-02-01', 5_000)], '2026-02-01')).toEqual([
      { keyId: 'k', day: '2026-02-01', what: 'requests', count: 5_000, usual: 1_000, threshold: 1_600 },
    ]);
  });

  it('judges denials and each key by itself', () => {
    const rows = [
      ...history([500]),
      ...history([500], 'other'),
      row('2026-02-01', 500, 'k', 400),
      row('2026-02-01', 500, 'other', 3),
    ];
    expect(findAnomalies(rows, '2026-02-01')).toMatchObject([{ keyId: 'k', what: 'denied', count: 400 }]);
  });
});

describe('exports', () => {
  it('writes CSV as RFC 4180 has it, and no formula', () => {
    const rows: UsageRow[] = [
      { keyId: '=HYPERLINK("x")', day: '2026-01-01', dimension: '', requests: 1, denied: 2, limited: 3 },
      { keyId: 'k', day: '2026-01-01', dimension: 'route:GET /a,b', requests: 1, denied: 0, limited: 0 },
    ];
    expect(usageToCsv(rows)).toBe(
      'key_id,day,dimension,requests,denied,limited\r\n' +
        `"'=HYPERLINK(""x"")",2026-01-01,,1,2,3\r\n` +
        'k,2026-01-01,"route:GET /a,b",1,0,0\r\n',
    );
  });

  it('keeps every CSV row on its own line whatever the texts are', () => {
    const texts = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(fc.array(fc.tuple(texts, texts), { maxLength: 5 }), (pairs) => {
        const rows = pairs.map(([keyId, dimension]) => ({ ...row('2026-01-01', 1, keyId), dimension }));
        const outside = usageToCsv(rows).replace(/"(?:[^"]|"")*"/g, '');
        expect(outside.split('\r\n')).toHaveLength(rows.length + 2);
        expect(outside).not.toMatch(/[^\r]\n|"/);
      }),
    );
  });

  it('writes JSON with the names of the CSV', () => {
    expect(JSON.parse(usageToJson([row('2026-01-01', 7)]))).toEqual([
      { key_id: 'k', day: '2026-01-01', dimension: '', requests: 7, denied: 0, limited: 0 },
    ]);
  });
});
