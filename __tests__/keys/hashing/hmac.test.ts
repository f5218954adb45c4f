import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { InvalidValueError } from '../../../lib/errors';
import { hmacSha256, hmacSha512, pepperOf, readPeppers } from '../../../lib/keys/hashing/hmac';

const PEPPER = 'correct horse battery staple, and more';

describe('readPeppers', () => {
  it('keeps the order, the first being the current one', () => {
    const other = 'another pepper of thirty-two characters';
    expect(readPeppers([PEPPER, other]).map(({ id }) => id)).toEqual([
      pepperOf(PEPPER).id,
      pepperOf(other).id,
    ]);
    expect(readPeppers(PEPPER)).toHaveLength(1);
    expect(readPeppers('x'.repeat(32))).toHaveLength(1);
  });

  it.each<[unknown, string]>([
    ['', 'pepper 1 must be a string of at least 32 characters; received 0'],
    ['hunter2hunter2', 'pepper 1 must be a string of at least 32 characters; received 14'],
    [[PEPPER, 'x'.repeat(31)], 'pepper 2 must be'],
    [[PEPPER, undefined], 'pepper 2 must be a string of at least 32 characters; received a undefined'],
    [[PEPPER, PEPPER], 'pepper 2 is given twice'],
    [[], 'pepper must name at least one'],
    [7, 'pepper must be a string or an array of strings'],
    [null, 'pepper must be a string or an array of strings'],
  ])('refuses bad peppers without showing them (%#)', (pepper, message) => {
    let error: unknown;
    try {
      readPeppers(pepper as string);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(InvalidValueError);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toMatch(/hunter2|horse|xxx/);
  });

  it('shows no pepper when it is inspected or written as JSON', () => {
    const peppers = readPeppers(PEPPER);
    expect(inspect(peppers, { depth: 9, showHidden: true }) + JSON.stringify(peppers)).not.toContain('horse');
  });
});

describe('HMAC', () => {
  it('is that of node:crypto', () => {
    const { id, key } = pepperOf(PEPPER);
    expect(hmacSha256(key, 'tøken')).toEqual(createHmac('sha256', PEPPER).update('tøken').digest());
    expect(hmacSha512(key, 'tøken')).toEqual(createHmac('sha512', PEPPER).update('tøken').digest());
    expect(id).toBe(createHmac('sha256', PEPPER).update('latchkey:pepper-id').digest('hex').slice(0, 8));
  });
});
