import { compareSync } from 'bcrypt';
import { BCRYPT, bcryptCompare, bcryptHash, fitsBcrypt } from '../../../lib/keys/hashing/bcrypt';

const COST = 4;

describe('bcryptHash', () => {
  it('is bcrypt with the cost asked for and a salt of its own', async () => {
    const hashed = await bcryptHash('token', COST);
    expect(hashed).toMatch(BCRYPT);
    expect(hashed).toMatch(/^\$2b\$04\$/);
    expect(compareSync('token', hashed)).toBe(true);
    expect(await bcryptHash('token', COST)).not.toBe(hashed);
  });

  it('takes its salt from the bytes given', async () => {
    const bytes = (size: number) => Uint8Array.from({ length: size }, (_, i) => i * 16);
    const hashed = await bcryptHash('token', COST, bytes);
    expect(hashed).toBe(await bcryptHash('token', COST, bytes));
    expect(await bcryptHash('token', COST, (size) => new Uint8Array(size))).toContain(`$${'.'.repeat(22)}`);
    expect(await bcryptCompare('token', hashed)).toBe(true);
  });

  it('sees all of 72 bytes', async () => {
    const hashed = await bcryptHash('x'.repeat(72), COST);
    expect(await bcryptCompare('x'.repeat(72), hashed)).toBe(true);
    expect(await bcryptCompare(`${'x'.repeat(71)}y`, hashed)).toBe(false);
  });

  it('is not cut off at NUL', async () => {
    const hashed = await bcryptHash('a\0b', COST);
    expect(await bcryptCompare('a\0c', hashed)).toBe(false);
    expect(await bcryptCompare('a', hashed)).toBe(false);
  });

  it.each(['x'.repeat(73), 'ü'.repeat(37)])(
    'refuses more than 72 bytes instead of cutting them off',
    async (text) => {
      expect(fitsBcrypt(text)).toBe(false);
      await expect(bcryptHash(text, COST)).rejects.toThrow(RangeError);
      await expect(bcryptCompare(text, await bcryptHash('x'.repeat(72), COST))).rejects.toThrow(RangeError);
    },
  );
});

describe('fitsBcrypt', () => {
  it.each(['', 'x'.repeat(72), 'ü'.repeat(36)])('counts bytes, not characters', (text) => {
    expect(fitsBcrypt(text)).toBe(true);
  });
});
