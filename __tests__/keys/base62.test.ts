import fc from 'fast-check';
import { BASE62, randomBase62 } from '../../lib/keys/base62';

describe('BASE62', () => {
  it('is the digits, then capitals, then small letters', () => {
    expect(BASE62).toMatch(/^0.*9A.*Za.*z$/);
    expect(new Set(BASE62).size).toBe(62);
  });
});

describe('randomBase62', () => {
  it('has the length asked for, of the alphabet, from a CSPRNG by default', () => {
    fc.assert(
      fc.property(fc.nat(200), (length) => {
        const text = randomBase62(length);
        expect(text).toHaveLength(length);
        expect(text).toMatch(/^[0-9A-Za-z]*$/);
      }),
    );
    expect(randomBase62(32)).not.toBe(randomBase62(32));
  });

  it('gives each character to exactly four bytes and draws again above', () => {
    let next = 0;
    const everyByteOnce = (size: number) => Uint8Array.from({ length: size }, () => next++ % 256);
    const counts = new Map<string, number>();
    for (const char of randomBase62(248, everyByteOnce)) counts.set(char, (counts.get(char) ?? 0) + 1);
    expect(counts.size).toBe(62);
    expect(new Set(counts.values())).toEqual(new Set([4]));
  });

  it('asks for more bytes when some were rejected', () => {
    const draws = [Uint8Array.of(255, 250, 248, 249, 251), Uint8Array.of(61, 62)];
    expect(randomBase62(2, () => draws.shift() ?? new Uint8Array())).toBe('z0');
  });
});
