/** How the command line writes and reads: safe text, tables, times, peppers, URLs, drivers. */
import fc from 'fast-check';
import { loadDriver } from '../../lib/cli/load-driver';
import { readPepper } from '../../lib/cli/read-pepper';
import { oneLine, safeJson, safeText } from '../../lib/cli/safe-text';
import { readStoreUrl } from '../../lib/cli/store-url';
import { cut, renderFields, renderTable } from '../../lib/cli/table';
import {
  momentOf,
  quotaOf,
  rateOf,
  readable,
  readableSeconds,
  readDuration,
  readMoment,
} from '../../lib/cli/times';

const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/u;
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }),
);

describe('safeText', () => {
  it.each([
    ['plain Ünïcödé 名前 🔑', 'plain Ünïcödé 名前 🔑'],
    ['\u001b[31mred', '\\u{001b}[31mred'],
    ['a\nb\tc', 'a\\u{000a}b\\u{0009}c'],
    ['\u202egnp.exe', '\\u{202e}gnp.exe'],
    ['\ud800', '\\u{d800}'],
  ])('%j reads %j', (text, expected) => {
    expect(safeText(text)).toBe(expected);
  });

  it('lets nothing unsafe through', () => {
    fc.assert(fc.property(anyText, (text) => !UNSAFE.test(safeText(text))));
  });

  it('makes one line of a message', () => {
    expect(oneLine(' a \r\n  b\u0007\n')).toBe('a b\\u{0007}');
  });
});

describe('safeJson', () => {
  it('is the same data, without anything unsafe but its own line ends', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, anyText), (value) => {
        const json = safeJson(value);
        expect(json.replaceAll('\n', '')).not.toMatch(UNSAFE);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('renderTable', () => {
  it('aligns columns, wide characters too', () => {
    expect(
      renderTable(
        ['ID', 'NAME', 'X'],
        [
          ['1', '名前', 'a'],
          ['22', 'é', 'b'],
          ['3', '🔑!', ''],
        ],
      ),
    ).toBe('ID  NAME  X\n1   名前  a\n22  é     b\n3   🔑!\n');
  });

  it('gives every row one line', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyText, anyText)), (rows) => {
        expect(renderTable(['A', 'B'], rows).split('\n')).toHaveLength(rows.length + 2);
      }),
    );
  });

  it('renders fields', () => {
    expect(
      renderFields([
        ['id', '1'],
        ['name', 'a\nb'],
      ]),
    ).toBe('id    1\nname  a\\u{000a}b\n');
  });

  it.each([
    ['short', 'short'],
    ['exactly 10', 'exactly 10'],
    ['eleven char', 'eleven ch…'],
    ['名前名前名前', '名前名前…'],
  ])('cuts %j to 10 columns: %j', (text, expected) => {
    expect(cut(text, 10)).toBe(expected);
  });
});

describe('times', () => {
  const now = Date.UTC(2027, 0, 1);

  it.each([
    ['30s', 30],
    ['15m', 900],
    ['12h', 43_200],
    ['90d', 7_776_000],
    ['2w', 1_209_600],
    ['0s', 0],
  ])('%s is a duration of %i seconds', (text, seconds) => {
    expect(readDuration('--x', text)).toBe(seconds);
  });

  it.each(['', '1', '-1d', '1.5h', '1y', '01d', '1 d', '9999999999d'])('%j is no duration', (text) => {
    expect(() => readDuration('--x', text)).toThrow(/^--x must be a duration/);
  });

  it.each([
    ['2027-02-28', Date.UTC(2027, 1, 28)],
    ['2027-02-28T12:30Z', Date.UTC(2027, 1, 28, 12, 30)],
    ['2027-02-28T12:30:15+02:00', Date.UTC(2027, 1, 28, 10, 30, 15)],
    ['2027-02-28T12:30:15.250Z', Date.UTC(2027, 1, 28, 12, 30, 15, 250)],
    ['2027-02-29', null],
    ['2027-13-01', null],
    ['2027-02-28T12:30', null],
    ['2027-02-28T25:00Z', null],
    ['28.2.2027', null],
    ['1803859200000', null],
  ])('%s is the moment %s', (text, expected) => {
    expect(momentOf(text)).toBe(expected);
  });

  it('a moment may be a duration from now on', () => {
    expect(readMoment('--expires', '1d', now)).toBe(now + 86_400_000);
  });

  it.each([
    ['1000/hour', { limit: 1000, windowSeconds: 3600 }],
    ['10/30s', { limit: 10, windowSeconds: 30 }],
    ['10/3600', { limit: 10, windowSeconds: 3600 }],
    ['10/toString', null],
    ['0/hour', null],
    ['hour', null],
  ])('%s is the rate %j', (text, expected) => {
    expect(rateOf(text)).toEqual(expected);
  });

  it.each([
    ['10/day', { limit: 10, period: 'day' }],
    ['10/month', { limit: 10, period: 'month' }],
    ['10/hour', null],
    ['/day', null],
  ])('%s is the quota %j', (text, expected) => {
    expect(quotaOf(text)).toEqual(expected);
  });

  it('are read by people in UTC, and in the largest unit that fits', () => {
    expect([readable(now), readable(null)]).toEqual(['2027-01-01 00:00', '-']);
    expect([0, 59, 60, 5400, 7200, 86_400].map(readableSeconds)).toEqual([
      '0s',
      '59s',
      '1m',
      '90m',
      '2h',
      '1d',
    ]);
  });
});

describe('readPepper', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['one', ['one']],
    ['new,old', ['new', 'old']],
    ['new\nold\n', ['new', 'old']],
    ['["with, comma","old"]', ['with, comma', 'old']],
  ])('%j holds %j', (text, expected) => {
    expect(readPepper(text)).toEqual(expected);
  });

  it.each(['[', '[]', '[1]', '["a"'])('%j is refused', (text) => {
    expect(() => readPepper(text)).toThrow('LATCHKEY_PEPPER starts with [ and is no JSON array of strings.');
  });
});

describe('readStoreUrl', () => {
  it.each([
    ['sqlite:./keys.db', { kind: 'sqlite', file: './keys.db' }],
    ['sqlite:///var/keys.db', { kind: 'sqlite', file: '/var/keys.db' }],
    ['SQLite:keys 1.db', { kind: 'sqlite', file: 'keys 1.db' }],
    [
      'postgresql://u:p@h:1/d?sslmode=require',
      { kind: 'postgres', url: 'postgres://u:p@h:1/d?sslmode=require' },
    ],
    ['mariadb://u@h/d', { kind: 'mysql', url: 'mysql://u@h/d' }],
    ['rediss://h:1/2', { kind: 'redis', url: 'rediss://h:1/2' }],
  ])('%s', (text, expected) => {
    expect(readStoreUrl(text)).toEqual(expected);
  });

  it.each(['postgres:d', 'mysql://[', 'toString:x', 'constructor://u:secret@h', ''])(
    '%j is refused',
    (text) => {
      expect(() => readStoreUrl(text)).toThrow(/: write |^There is no store for|must be given as a URL/);
    },
  );
});

describe('loadDriver', () => {
  it('takes the first package that is there', () => {
    expect(loadDriver(['no-such-driver', 'better-sqlite3'], '/').name).toBe('better-sqlite3');
  });

  it('names the package to install', () => {
    expect(() => loadDriver(['no-such-driver', 'nor-this-one'], '/')).toThrow(
      'This store needs the package no-such-driver or nor-this-one, which is not installed here. ' +
        'Run: npm install no-such-driver',
    );
  });
});
