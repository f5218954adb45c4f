import { createHash, createHmac } from 'node:crypto';
import { hashSync } from 'bcrypt';
import { InvalidValueError } from '../../../lib/errors';
import { createHasher } from '../../../lib/keys/hashing/create-hasher';
import type { ForeignHash } from '../../../lib/keys/hashing/hasher';
import { splitToken } from '../../../lib/keys/hashing/imported';

const PEPPER = 'the HMAC key of the earlier system, which is long';
const TOKEN = 'tenant.key-id.c2VjcmV0LXNlY3JldA==';
const SECRET = 'c2VjcmV0LXNlY3JldA==';
const hasher = createHasher({ pepper: ['the current pepper, at least 32 characters', PEPPER] });
const sha256 = (text: string) => createHash('sha256').update(text);
const hmac = (key: string, text: string) => createHmac('sha512', key).update(text);

describe('splitToken', () => {
  it.each([
    ['id.secret', { id: 'id', secret: 'secret' }],
    ['tenant.id.secret', { id: 'tenant.id', secret: 'secret' }],
    ['secret', null],
    ['.secret', null],
    ['id.', null],
    ['', null],
    ['.', null],
  ])('of %j is %j', (token, parts) => {
    expect(splitToken(token)).toEqual(parts);
  });
});

describe('importHash', () => {
  const cases: [string, ForeignHash, RegExp][] = [
    [
      'bcrypt of the token',
      { algorithm: 'bcrypt', digest: hashSync(TOKEN, 4), covers: 'token' },
      /^bcrypt:-:\$2b\$04\$/,
    ],
    [
      'bcrypt as PHP writes it',
      { algorithm: 'bcrypt', digest: hashSync(TOKEN, 4).replace('$2b$', '$2y$'), covers: 'token' },
      /^bcrypt:-:\$2b\$04\$/,
    ],
    [
      'bcrypt as older systems write it',
      { algorithm: 'bcrypt', digest: hashSync(TOKEN, 4).replace('$2b$', '$2a$'), covers: 'token' },
      /^bcrypt:-:\$2a\$04\$/,
    ],
    [
      'bcrypt of the secret',
      { algorithm: 'bcrypt', digest: hashSync(SECRET, 4), covers: 'secret' },
      /^imported-bcrypt:secret:/,
    ],
    [
      'SHA-256 in hexadecimal',
      { algorithm: 'sha256', digest: sha256(TOKEN).digest('hex'), covers: 'token' },
      /^sha256:[\w-]{43}$/,
    ],
    [
      'SHA-256 in capitals',
      { algorithm: 'sha256', digest: sha256(TOKEN).digest('hex').toUpperCase(), covers: 'token' },
      /^sha256:[\w-]{43}$/,
    ],
    [
      'SHA-256 in base64',
      { algorithm: 'sha256', digest: sha256(TOKEN).digest('base64'), covers: 'token' },
      /^sha256:[\w-]{43}$/,
    ],
    [
      'SHA-256 in base64url, of the secret',
      { algorithm: 'sha256', digest: sha256(SECRET).digest('base64url'), covers: 'secret' },
      /^imported-sha256:secret:/,
    ],
    [
      'HMAC-SHA-512 keyed by the secret over the id, as PlaceOS does',
      { algorithm: 'hmac-sha512', digest: hmac(SECRET, 'tenant.key-id').digest('hex'), covers: 'secret' },
      /^imported-hmac-sha512:secret:-:/,
    ],
    [
      'HMAC-SHA-512 of the token with a pepper',
      {
        algorithm: 'hmac-sha512',
        digest: hmac(PEPPER, TOKEN).digest('base64'),
        covers: 'token',
        key: PEPPER,
      },
      /^imported-hmac-sha512:token:[0-9a-f]{8}:/,
    ],
    [
      'HMAC-SHA-512 of the secret with a pepper',
      { algorithm: 'hmac-sha512', digest: hmac(PEPPER, SECRET).digest('hex'), covers: 'secret', key: PEPPER },
      /^imported-hmac-sha512:secret:[0-9a-f]{8}:/,
    ],
  ];

  it.each(cases)('takes %s', async (_name, foreign, form) => {
    const stored = hasher.importHash(foreign);
    expect(stored).toMatch(form);
    expect(stored).not.toContain(PEPPER);
    expect(hasher.readable(stored)).toBe(true);
    expect(hasher.isCurrent(stored, 'scoped')).toBe(false);
    expect(hasher.needsQueue(stored)).toBe(foreign.algorithm === 'bcrypt');
    expect(await hasher.verify(stored, TOKEN)).toBe(true);
    for (const wrong of ['', 'x', '.', SECRET, `${TOKEN}x`, `${TOKEN}.x`, TOKEN.toUpperCase(), stored]) {
      expect(await hasher.verify(stored, wrong)).toBe(false);
    }
  });

  it.each(
    cases.filter(
      ([, { covers, key, algorithm }]) => covers === 'token' || (!key && algorithm === 'hmac-sha512'),
    ),
  )('with %s, the id is proved too', async (_name, foreign) => {
    expect(await hasher.verify(hasher.importHash(foreign), `x${TOKEN}`)).toBe(false);
  });

  it('verifies nothing by a key that is no longer a pepper, and says that it cannot', () => {
    const digest = hmac(PEPPER, TOKEN).digest('hex');
    const stored = hasher.importHash({ algorithm: 'hmac-sha512', digest, covers: 'token', key: PEPPER });
    const without = createHasher();
    expect(without.verify(stored, TOKEN)).toBe(false);
    expect(without.readable(stored)).toBe(false);
  });

  it('never gives bcrypt more than 72 bytes', () => {
    const stored = hasher.importHash({
      algorithm: 'bcrypt',
      digest: hashSync('x'.repeat(72), 4),
      covers: 'token',
    });
    expect(hasher.verify(stored, 'x'.repeat(73))).toBe(false);
    const secret = hasher.importHash({
      algorithm: 'bcrypt',
      digest: hashSync('x'.repeat(72), 4),
      covers: 'secret',
    });
    expect(hasher.verify(secret, `id.${'x'.repeat(73)}`)).toBe(false);
  });

  const HEX = '0123456789abcdef'.repeat(8);
  const bcrypt = hashSync(TOKEN, 4);

  it.each<[string, unknown, string]>([
    ['an unknown algorithm', { algorithm: 'md5', digest: HEX, covers: 'token' }, 'received "md5"'],
    ['an unknown part', { algorithm: 'sha256', digest: HEX, covers: 'id' }, 'received "id"'],
    ['no digest', { algorithm: 'sha256', covers: 'token' }, 'the digest must be a string'],
    ['a short digest', { algorithm: 'sha256', digest: HEX.slice(0, 62), covers: 'token' }, '62 characters'],
    [
      'a digest of SHA-512 for SHA-256',
      { algorithm: 'sha256', digest: HEX, covers: 'token' },
      '128 characters',
    ],
    [
      'a digest that is no base64',
      { algorithm: 'sha256', digest: '*'.repeat(43), covers: 'token' },
      '32 bytes',
    ],
    ['trailing bits', { algorithm: 'sha256', digest: `${'A'.repeat(42)}B`, covers: 'token' }, '32 bytes'],
    [
      'a digest of SHA-256 for SHA-512',
      { algorithm: 'hmac-sha512', digest: HEX.slice(64), covers: 'secret' },
      '64 bytes',
    ],
    ['no key', { algorithm: 'hmac-sha512', digest: HEX, covers: 'token' }, 'needs the key'],
    [
      'a key that is no pepper',
      { algorithm: 'hmac-sha512', digest: HEX, covers: 'token', key: HEX },
      'one of the peppers',
    ],
    [
      'an empty key',
      { algorithm: 'hmac-sha512', digest: HEX, covers: 'token', key: '' },
      'one of the peppers',
    ],
    [
      'a key of another type',
      { algorithm: 'hmac-sha512', digest: HEX, covers: 'token', key: 7 },
      'one of the peppers',
    ],
    [
      'a key without HMAC',
      { algorithm: 'sha256', digest: HEX.slice(64), covers: 'token', key: PEPPER },
      'hmac-sha512 alone',
    ],
    [
      'bcrypt of another version',
      { algorithm: 'bcrypt', digest: bcrypt.replace('2b', '2x'), covers: 'token' },
      '$2a$, $2b$ or $2y$',
    ],
    [
      'bcrypt cut short',
      { algorithm: 'bcrypt', digest: bcrypt.slice(0, -1), covers: 'token' },
      '53 characters',
    ],
    [
      'bcrypt of cost 16',
      { algorithm: 'bcrypt', digest: bcrypt.replace('$04$', '$16$'), covers: 'token' },
      '04 to 15',
    ],
    [
      'bcrypt of cost 3',
      { algorithm: 'bcrypt', digest: bcrypt.replace('$04$', '$03$'), covers: 'token' },
      '04 to 15',
    ],
  ])('refuses %s, without showing the digest or the key', (_name, foreign, message) => {
    const run = () => hasher.importHash(foreign as ForeignHash);
    expect(run).toThrow(InvalidValueError);
    expect(run).toThrow(message);
    expect(run).not.toThrow(/0123456789abcdef|\$0[34]\$|earlier system/);
  });
});
