import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { hashSync } from 'bcrypt';
import { InvalidValueError } from '../../../lib/errors';
import { createHasher } from '../../../lib/keys/hashing/create-hasher';
import { KEY_KINDS, type KeyKind } from '../../../lib/keys/kinds';
import { createTokenFormat } from '../../../lib/keys/token-format';

const PEPPER = 'the current pepper, which is long enough';
const OLD = 'the pepper before, which is long enough too';
const format = createTokenFormat();
const { token } = format.generate('secret');
const wrong = format.generate('secret').token;
const LONG = 'x'.repeat(73);

const plain = createHasher({ bcryptCost: 4 });
const peppered = createHasher({ pepper: [PEPPER, OLD], bcryptCost: 4 });
const before = createHasher({ pepper: OLD });

describe('hash', () => {
  it.each<[string, KeyKind, ReturnType<typeof createHasher>, string, RegExp]>([
    ['a secret key without pepper', 'secret', plain, token, /^bcrypt:[0-9a-f]{8}:\$2b\$04\$/],
    ['a scoped key without pepper', 'scoped', plain, token, /^bcrypt:[0-9a-f]{8}:\$2b\$04\$/],
    ['a secret key with pepper', 'secret', peppered, token, /^hmac-sha256:[0-9a-f]{8}:[\w-]{43}$/],
    ['a scoped key with pepper', 'scoped', peppered, token, /^hmac-sha256:[0-9a-f]{8}:[\w-]{43}$/],
    ['a temporary key', 'temporary', peppered, token, /^sha256:[\w-]{43}$/],
    ['a publishable key', 'publishable', plain, token, /^sha256:[\w-]{43}$/],
    ['a token of unknown randomness', 'secret', plain, 'hunter2', /^bcrypt:-:\$2b\$04\$/],
    ['a token of more than 72 bytes', 'secret', plain, LONG, /^bcrypt-sha256:-:\$2b\$04\$/],
    ['a token of 73 bytes with pepper', 'secret', peppered, LONG, /^hmac-sha256:/],
  ])('of %s', async (_name, kind, hasher, text, form) => {
    const stored = await hasher.hash(kind, text);
    expect(stored).toMatch(form);
    expect(stored).not.toContain(text);
    expect(await hasher.verify(stored, text)).toBe(true);
    expect(await hasher.verify(stored, wrong)).toBe(false);
    expect(await hasher.verify(stored, `${text}x`)).toBe(false);
    expect(await hasher.verify(stored, text.slice(0, -1))).toBe(false);
    expect(await hasher.verify(stored, stored)).toBe(false);
    expect(await hasher.verify(stored, '')).toBe(false);
    expect(hasher.isCurrent(stored, kind)).toBe(true);
    expect(hasher.readable(stored)).toBe(true);
  });

  it('is synchronous but for bcrypt', () => {
    expect(typeof peppered.hash('secret', token)).toBe('string');
    expect(typeof plain.hash('temporary', token)).toBe('string');
    expect(plain.hash('secret', token)).toBeInstanceOf(Promise);
  });

  it('takes its salts from the bytes given', async () => {
    const fixed = createHasher({ bcryptCost: 4, randomBytes: (size) => new Uint8Array(size) });
    expect(await fixed.hash('secret', token)).toBe(await fixed.hash('secret', token));
    expect(await fixed.hash('secret', LONG)).toBe(await fixed.hash('secret', LONG));
  });

  it('costs 10 unless told otherwise', async () => {
    expect(await createHasher().hash('secret', token)).toContain('$2b$10$');
  });
});

describe('verify', () => {
  it('reaches bcrypt only with the right tag', async () => {
    const stored = await plain.hash('secret', token);
    expect(plain.verify(stored, wrong)).toBe(false);
    expect(plain.verify(stored, token)).toBeInstanceOf(Promise);
    expect(stored.split(':')[1]).toBe(plain.digest(token).slice(0, 8));
  });

  it('does not trust the tag: the rest is compared too', async () => {
    const other = await plain.hash('secret', wrong);
    const forged = `bcrypt:${plain.digest(token).slice(0, 8)}:${other.split(':')[2] ?? ''}`;
    expect(await plain.verify(forged, token)).toBe(false);
  });

  it('is a plain boolean for SHA-256 and HMAC', () => {
    const sha = plain.hash('temporary', token) as string;
    const hmac = peppered.hash('secret', token) as string;
    expect(plain.verify(sha, token)).toBe(true);
    expect(peppered.verify(hmac, token)).toBe(true);
    expect(peppered.verify(hmac, wrong)).toBe(false);
  });

  it('takes older peppers, and not unknown ones', () => {
    const stored = before.hash('secret', token) as string;
    expect(peppered.verify(stored, token)).toBe(true);
    expect(peppered.readable(stored)).toBe(true);
    expect(plain.verify(stored, token)).toBe(false);
    expect(plain.readable(stored)).toBe(false);
  });

  it.each(['', 'argon2:x', 'sha256:', '__proto__', token])('does not know %j', (stored) => {
    expect(plain.verify(stored, token)).toBe(false);
    expect(plain.readable(stored)).toBe(false);
    expect(plain.needsQueue(stored)).toBe(false);
    for (const kind of KEY_KINDS) expect(plain.isCurrent(stored, kind)).toBe(false);
  });

  it('never matches a short token against bcrypt of a long one', async () => {
    const stored = await plain.hash('secret', LONG);
    const hashed = createHash('sha256').update(LONG).digest('base64');
    expect(plain.verify(stored, hashed)).toBe(false);
  });
});

describe('refutes', () => {
  it('tells a wrong token at once, and says nothing where only bcrypt can tell', async () => {
    const tagged = await plain.hash('secret', token);
    const untagged = await plain.hash('secret', 'hunter2');
    const hmac = peppered.hash('secret', token) as string;
    expect(plain.refutes(tagged, wrong)).toBe(true);
    expect(plain.refutes(tagged, token)).toBe(false);
    expect(plain.refutes(untagged, wrong)).toBe(false);
    expect(peppered.refutes(hmac, wrong)).toBe(true);
    expect(peppered.refutes(hmac, token)).toBe(false);
    expect(plain.refutes('unknown', token)).toBe(true);
  });
});

describe('isCurrent', () => {
  const sha = `sha256:${'A'.repeat(43)}`;
  const costly = `bcrypt:-:${hashSync('a', 5)}`;
  const cheap = `bcrypt:-:${hashSync('a', 4)}`;
  const five = createHasher({ bcryptCost: 5 });

  it.each<[string, string, KeyKind, ReturnType<typeof createHasher>, boolean]>([
    ['SHA-256 for a temporary key', sha, 'temporary', plain, true],
    ['SHA-256 for a secret key', sha, 'secret', plain, false],
    ['SHA-256 for a secret key with pepper', sha, 'scoped', peppered, false],
    ['bcrypt for a publishable key', cheap, 'publishable', plain, false],
    ['bcrypt of the cost', cheap, 'secret', plain, true],
    ['bcrypt of a higher cost', costly, 'secret', plain, true],
    ['bcrypt of a lower cost', cheap, 'secret', five, false],
    ['bcrypt of SHA-256', cheap.replace('bcrypt', 'bcrypt-sha256'), 'secret', plain, true],
    ['bcrypt with pepper', cheap, 'secret', peppered, false],
    ['an older pepper', before.hash('secret', token) as string, 'secret', peppered, false],
    ['the current pepper', peppered.hash('secret', token) as string, 'secret', peppered, true],
    ['a pepper where none is now', peppered.hash('secret', token) as string, 'secret', plain, false],
  ])('%s', (_name, stored, kind, hasher, current) => {
    expect(hasher.isCurrent(stored, kind)).toBe(current);
  });
});

describe('needsQueue', () => {
  it.each([
    [`bcrypt:-:${hashSync('a', 4)}`, true],
    [`bcrypt-sha256:-:${hashSync('a', 4)}`, true],
    [`bcrypt:0123abcd:${hashSync('a', 4)}`, false],
    [`sha256:${'A'.repeat(43)}`, false],
  ])('of %s is %s', (stored, needs) => {
    expect(plain.needsQueue(stored)).toBe(needs);
  });
});

describe('lookup', () => {
  const sha = `sha256:${createHash('sha256').update(token).digest('base64url')}`;

  it('is the SHA-256 without pepper, the same as an imported digest', () => {
    expect(plain.lookup(token)).toBe(sha);
    expect(plain.lookupFor(token)).toEqual([sha]);
    const digest = createHash('sha256').update(token).digest('hex');
    expect(plain.importHash({ algorithm: 'sha256', digest, covers: 'token' })).toBe(sha);
  });

  it('is an HMAC with the current pepper; the older ones and SHA-256 follow', () => {
    expect(peppered.lookupFor(token)).toEqual([
      expect.stringMatching(/^hmac:[0-9a-f]{8}:[\w-]{43}$/),
      before.lookup(token),
      sha,
    ]);
    expect(peppered.lookup(token)).toBe(peppered.lookupFor(token)[0]);
    expect(peppered.lookup(token)).not.toBe(before.lookup(token));
  });

  it('gives away nothing of the stored hash', () => {
    expect(peppered.lookup(token).split(':')[2]).not.toBe(
      (peppered.hash('secret', token) as string).split(':')[2],
    );
  });
});

describe('digest', () => {
  it('is the SHA-256 in hexadecimal', () => {
    expect(plain.digest(token)).toBe(createHash('sha256').update(token).digest('hex'));
  });
});

describe('createHasher', () => {
  it.each<unknown>([3, 16, 10.5, NaN, '10', null])('refuses a bcryptCost of %j', (bcryptCost) => {
    expect(() => createHasher({ bcryptCost: bcryptCost as number })).toThrow(InvalidValueError);
  });

  it('refuses short peppers', () => {
    expect(() => createHasher({ pepper: 'short' })).toThrow(InvalidValueError);
  });

  it('shows no pepper', () => {
    expect(inspect(peppered, { depth: 9, showHidden: true }) + JSON.stringify(peppered)).not.toContain(
      'pepper,',
    );
  });
});
