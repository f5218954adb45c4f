import fc from 'fast-check';
import { formatStoredHash, parseStoredHash, type StoredHash } from '../../../lib/keys/hashing/stored-hash';

const D256 = `${'A'.repeat(42)}8`;
const D512 = `${'-_'.repeat(42)}AA`;
const BCRYPT = `$2b$10$${'.'.repeat(21)}e${'a'.repeat(30)}C`;

describe('parseStoredHash', () => {
  it.each<[string, StoredHash]>([
    [`sha256:${D256}`, { form: 'sha256', digest: D256 }],
    [`hmac-sha256:0123abcd:${D256}`, { form: 'hmac-sha256', pepperId: '0123abcd', digest: D256 }],
    [`bcrypt:0123abcd:${BCRYPT}`, { form: 'bcrypt', tag: '0123abcd', bcrypt: BCRYPT }],
    [`bcrypt:-:${BCRYPT}`, { form: 'bcrypt', tag: null, bcrypt: BCRYPT }],
    [`bcrypt-sha256:-:${BCRYPT}`, { form: 'bcrypt-sha256', bcrypt: BCRYPT }],
    [`imported-sha256:secret:${D256}`, { form: 'imported-sha256', digest: D256 }],
    [`imported-bcrypt:secret:${BCRYPT}`, { form: 'imported-bcrypt', bcrypt: BCRYPT }],
    [
      `imported-hmac-sha512:secret:-:${D512}`,
      { form: 'imported-hmac-sha512', covers: 'secret', pepperId: null, digest: D512 },
    ],
    [
      `imported-hmac-sha512:secret:0123abcd:${D512}`,
      { form: 'imported-hmac-sha512', covers: 'secret', pepperId: '0123abcd', digest: D512 },
    ],
    [
      `imported-hmac-sha512:token:0123abcd:${D512}`,
      { form: 'imported-hmac-sha512', covers: 'token', pepperId: '0123abcd', digest: D512 },
    ],
  ])('reads %s and writes it back', (text, stored) => {
    expect(parseStoredHash(text)).toEqual(stored);
    expect(formatStoredHash(stored)).toBe(text);
  });

  it.each([
    '',
    'sha256',
    'sha256:',
    `sha256:${D256}A`,
    `sha256:${D256}:`,
    `SHA256:${D256}`,
    `sha1:${D256}`,
    `hmac-sha256:${D256}`,
    `hmac-sha256:0123ABCD:${D256}`,
    `hmac-sha256:0123abcd:${D512}`,
    `hmac-sha256:0123abcd:${D256}:`,
    BCRYPT,
    `bcrypt:${BCRYPT}`,
    `bcrypt::${BCRYPT}`,
    `bcrypt:0123:${BCRYPT}`,
    `bcrypt:-:${BCRYPT}x`,
    `bcrypt:-:${BCRYPT.slice(0, -1)}b`,
    `bcrypt:-:${BCRYPT.replace('2b', '2x')}`,
    `bcrypt:-:${BCRYPT}:`,
    `bcrypt-sha256:0123abcd:${BCRYPT}`,
    `bcrypt-sha256:-:${D256}`,
    `bcrypt-sha256:-:${BCRYPT}:`,
    `imported-sha256:token:${D256}`,
    `imported-sha256:secret:${D512}`,
    `imported-sha256:secret:${D256}:`,
    `imported-bcrypt:token:${BCRYPT}`,
    `imported-bcrypt:secret:${D256}`,
    `imported-bcrypt:secret:${BCRYPT}:`,
    `imported-hmac-sha512:token:-:${D512}`,
    `imported-hmac-sha512:other:-:${D512}`,
    `imported-hmac-sha512:secret:x:${D512}`,
    `imported-hmac-sha512:secret:-:${D256}`,
    `imported-hmac-sha512:secret:-:${D512}:`,
    '__proto__:a',
  ])('does not know %j', (text) => {
    expect(parseStoredHash(text)).toBeNull();
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseStoredHash(text)).toBeNull();
      }),
    );
  });
});
