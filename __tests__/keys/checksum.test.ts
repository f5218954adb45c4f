import fc from 'fast-check';
import { crc32 } from 'node:zlib';
import { BASE62 } from '../../lib/keys/base62';
import { CHECKSUM_LENGTH, checksum, hasValidChecksum } from '../../lib/keys/checksum';

const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 80 });

function valueOf(digits: string): number {
  return Array.from(digits).reduce((value, digit) => value * 62 + BASE62.indexOf(digit), 0);
}

describe('checksum', () => {
  it.each([
    ['', '000000', 0],
    ['123456789', '3jZRME', 0xcbf43926],
  ])('of %j is %s, the CRC-32 check value', (text, digits, value) => {
    expect(valueOf(checksum(text))).toBe(value);
    expect(checksum(text)).toBe(digits);
  });

  it('is the CRC-32 of zlib in six base62 digits', () => {
    fc.assert(
      fc.property(ascii, (text) => {
        expect(checksum(text)).toHaveLength(CHECKSUM_LENGTH);
        expect(valueOf(checksum(text))).toBe(crc32(text));
      }),
    );
  });
});

describe('hasValidChecksum', () => {
  it('accepts what ends in its checksum', () => {
    fc.assert(fc.property(ascii, (text) => hasValidChecksum(text + checksum(text))));
  });

  it('refuses every single wrong character', () => {
    fc.assert(
      fc.property(ascii, fc.nat(), fc.constantFrom(...BASE62.split('')), (text, at, char) => {
        const token = text + checksum(text);
        const i = at % token.length;
        fc.pre(token[i] !== char);
        expect(hasValidChecksum(token.slice(0, i) + char + token.slice(i + 1))).toBe(false);
      }),
    );
  });

  it.each(['', 'a', '00000', '000001', '\u{10000}', '00000é'])('refuses %j', (text) => {
    expect(hasValidChecksum(text)).toBe(false);
  });
});
