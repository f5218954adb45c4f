import bcrypt from 'bcrypt';
import { promiseHooks } from 'node:v8';
import { checksum } from '../../lib/keys/checksum';
import { createHasher } from '../../lib/keys/hashing/create-hasher';
import { kindMask } from '../../lib/service/kind-mask';
import { KNOWN_FACTS } from '../../lib/service/request-facts';
import { testService } from '../support/test-service';

const CHEAP_BCRYPT = createHasher({ bcryptCost: 4 });

/** The token with another secret and the right checksum, so that only the hash can tell. */
function withOtherSecret(token: string, other: string): string {
  return other.slice(0, 3) + token.slice(3, 19) + other.slice(19, -6);
}

/** A token of this service's shape for the id of `token`, with a valid checksum and a wrong secret. */
function forged(service: ReturnType<typeof testService>['service'], token: string): string {
  const body = withOtherSecret(token, service.tokens.generate('secret').token);
  return body + checksum(body);
}

describe('a cached key', () => {
  it('is granted synchronously, without a store call, a hash or a promise', async () => {
    const t = testService();
    const { token, key } = await t.create();
    await t.verified(token);
    t.reset();
    t.hasher.counts.verify = 0;
    let promises = 0;
    const stop = promiseHooks.onInit(() => {
      promises += 1;
    });
    const verdict = t.verify(token);
    const during = promises;
    // The counter counts: this promise is seen.
    const control = Promise.resolve();
    const after = promises;
    (stop as () => void)();
    await control;

    expect(verdict).toMatchObject({ granted: true, key: { id: key.id } });
    expect(during).toBe(0);
    expect(after).toBeGreaterThan(0);
    expect([t.reads(), t.writes(), t.hasher.counts.verify]).toEqual([0, 0, 0]);
  });

  it('gets one verdict, frozen, for every request', async () => {
    const t = testService();
    const { token } = await t.create({ metadata: { plan: { seats: 3 } } });
    const key = await t.verified(token);
    expect(await t.verified(token)).toBe(key);
    expect(Object.isFrozen(t.verify(token))).toBe(true);
    expect(Object.isFrozen(key.metadata.plan)).toBe(true);
    expect(Object.isFrozen(key.scopes)).toBe(true);
  });

  it('is granted synchronously under its parent, whose scopes it shares', async () => {
    const t = testService();
    const { token } = await t.create({ scopes: ['models:read'] });
    const minted = await t.service.mintTemporary(await t.verified(token), { scopes: ['models:read'] });
    await t.verified(minted.token);
    t.reset();
    expect(t.verify(minted.token)).toMatchObject({ granted: true });
    expect(t.reads()).toBe(0);
  });
});

describe('many first uses at once', () => {
  it.each([
    ['HMAC', createHasher({ pepper: 'x'.repeat(32) })],
    ['bcrypt', CHEAP_BCRYPT],
  ])('cause one store read and one hash: %s', async (_name, hasher) => {
    const t = testService({ hasher });
    const { token, key } = await t.create();
    t.reset();
    const verdicts = await Promise.all(Array.from({ length: 1_000 }, async () => t.verify(token)));
    expect(verdicts.filter((verdict) => verdict.granted && verdict.key.id === key.id)).toHaveLength(1_000);
    expect(t.calls).toEqual({ findById: 1 });
    expect(t.hasher.counts.verify).toBe(1);
  });

  it('share one read between different tokens for one id', async () => {
    const t = testService();
    const { token } = await t.create();
    t.reset();
    await Promise.all([t.verify(token), t.verify(forged(t.service, token)), t.verify(token)]);
    expect(t.calls).toEqual({ findById: 1 });
  });

  it('never mix two keys whose reads come back in the other order', async () => {
    const t = testService();
    const [one, two] = [await t.create(), await t.create()];
    const release = t.hold('findById', 'after');
    const first = t.outcome(one.token);
    release();
    const names = await Promise.all([t.verified(two.token), t.verified(one.token)]);
    expect(names.map(({ id }) => id)).toEqual([two.key.id, one.key.id]);
    await expect(first).resolves.toBe('granted');
  });
});

describe('a flood', () => {
  const compare = jest.spyOn(bcrypt, 'compare');
  beforeEach(() => compare.mockClear());

  it('of wrong secrets against a known id never reaches bcrypt, cached or not', async () => {
    const t = testService({ hasher: CHEAP_BCRYPT });
    const { token } = await t.create();
    const wrong = Array.from({ length: 2_000 }, () => forged(t.service, token));
    const cold = await Promise.all(wrong.slice(0, 100).map((each) => t.outcome(each)));
    expect(new Set(cold)).toEqual(new Set(['secret_wrong']));
    await t.verified(token);
    expect(compare).toHaveBeenCalledTimes(1);
    t.reset();
    const warm = wrong.map((each) => t.verify(each));
    for (const verdict of warm) expect(verdict).toMatchObject({ denial: { reason: 'secret_wrong' } });
    expect(compare).toHaveBeenCalledTimes(1);
    expect(t.reads()).toBe(0);
  });

  it('of unknown ids asks the store once for each, and again only after cache.unknownTtl', async () => {
    const t = testService();
    const { token } = t.service.tokens.generate('secret');
    expect(await t.outcome(token)).toBe('key_unknown');
    t.clock.advance(1_999);
    expect(t.verify(token)).toMatchObject({ granted: false, denial: { reason: 'key_unknown' } });
    expect(t.calls).toEqual({ findById: 1 });
    t.clock.advance(1);
    expect(await t.outcome(token)).toBe('key_unknown');
    expect(t.calls).toEqual({ findById: 2 });
  });
});

describe('a token that no key can have', () => {
  const t = testService();
  const { token } = t.service.tokens.generate('secret');
  const flipped = token.slice(0, -1) + (token.endsWith('a') ? 'b' : 'a');

  it.each<[string, unknown, string]>([
    ['empty', '', 'key_malformed'],
    ['a wrong checksum', flipped, 'key_malformed'],
    ['truncated', token.slice(0, -1), 'key_malformed'],
    ['extended', `${token}a`, 'key_malformed'],
    ['an unknown prefix', `xx_${token.slice(3)}`, 'key_malformed'],
    ['non-ASCII', `sk_${'é'.repeat(54)}`, 'key_malformed'],
    ['U+0000', `${token}\0`, 'key_malformed'],
    ['half a surrogate pair', `${token.slice(0, -1)}\ud800`, 'key_malformed'],
    ['__proto__', '__proto__', 'key_malformed'],
    ['a stored hash', CHEAP_BCRYPT.hash('temporary', token), 'key_malformed'],
    ['one of another system while imports are off', 'tenant.key.0123456789abcdef', 'key_malformed'],
    ['longer than 512 characters', 'a'.repeat(513), 'key_malformed'],
    ['a megabyte long', 'a'.repeat(1_000_000), 'key_malformed'],
    ['no text', undefined, 'key_malformed'],
    ['an array', [token], 'key_malformed'],
    ['of a kind that the carrier does not bring', token, 'kind_wrong'],
  ])('is refused at once, without a store read: %s', (_name, given, reason) => {
    t.reset();
    const verdict = t.service.verify(given as string, kindMask(['publishable']), KNOWN_FACTS, {});
    expect(verdict).toMatchObject({ granted: false, denial: { reason, code: 'UNAUTHORIZED' } });
    expect(t.reads()).toBe(0);
  });
});

describe('a token that passes for another key', () => {
  it('is refused: the id of one key with the secret of another', async () => {
    const t = testService();
    const [one, two] = [await t.create(), await t.create()];
    const body = one.token.slice(0, 19) + two.token.slice(19, -6);
    expect(await t.outcome(body + checksum(body))).toBe('secret_wrong');
  });

  it('is refused: the prefix of another kind before a known id', async () => {
    const t = testService();
    const { token } = await t.create();
    const body = `rk_${token.slice(3, -6)}`;
    expect(await t.outcome(body + checksum(body))).toBe('key_unknown');
  });

  it('is told in the verdict by the id that it names, and by null when it names none', async () => {
    const t = testService();
    const { token, key } = await t.create();
    expect(await t.verify(forged(t.service, token))).toMatchObject({ keyId: key.id });
    expect(t.verify('nonsense')).toMatchObject({ keyId: null });
  });
});

describe('whatever happens, verification answers', () => {
  it.each<[string, Parameters<typeof testService>[0]]>([
    ['the store fails', {}],
    ['the hasher throws', { hasher: throwing('verify') }],
    ['the hasher rejects', { hasher: rejecting() }],
  ])('UNAVAILABLE when %s', async (name, overrides) => {
    const t = testService(overrides);
    const failures = t.record('failure');
    const { token } = await t.create();
    if (name === 'the store fails') t.failWith(new Error('connection refused'));
    expect(await t.verify(token)).toMatchObject({
      granted: false,
      denial: { code: 'UNAVAILABLE', status: 503 },
    });
    expect(failures.map(({ task }) => task)).toEqual(name === 'the store fails' ? [] : ['verification']);
  });

  it('UNAVAILABLE when a record cannot be read', async () => {
    const t = testService();
    const failures = t.record('failure');
    const { token, key } = await t.create();
    const stored = await t.inner.findById(key.id);
    const findById = jest.spyOn(t.inner, 'findById');
    findById.mockResolvedValue({ ...stored!, addresses: null } as never);
    expect(await t.outcome(token)).toBe('unavailable');
    expect(failures).toHaveLength(1);
  });

  it('UNAVAILABLE when a fact of the request cannot be told, on a hit too', async () => {
    const t = testService();
    const failures = t.record('failure');
    const { token } = await t.create({ addresses: ['10.0.0.0/8'] });
    const facts = {
      ...KNOWN_FACTS,
      address: () => {
        throw new Error('trust proxy');
      },
    };
    const cold = await t.service.verify(token, 15, facts, {});
    const warm = t.service.verify(token, 15, facts, {});
    expect([cold, warm]).toMatchObject([
      { granted: false, denial: { code: 'UNAVAILABLE' } },
      { granted: false, denial: { code: 'UNAVAILABLE' } },
    ]);
    expect(failures).toHaveLength(2);
  });

  it('UNAVAILABLE when the key changes faster than it can be read', async () => {
    const t = testService();
    const { token, key } = await t.create();
    const updates = t.record('updated');
    const overtake = (): void => {
      t.setGate((phase, method) => {
        if (phase !== 'after' || method !== 'findById') return undefined;
        t.setGate(null);
        return t.service.update(key.id, { description: 'again' }).then(overtake);
      });
    };
    overtake();
    expect(await t.outcome(token)).toBe('unavailable');
    expect(updates).toHaveLength(5);
  });
});

it('UNAVAILABLE when bcrypt fails for a key that waits in the queue', async () => {
  const hasher = {
    ...CHEAP_BCRYPT,
    needsQueue: () => true,
    verify: () => Promise.reject(new Error('broken')),
  };
  const t = testService({ hasher });
  expect(await t.outcome((await t.create()).token)).toBe('unavailable');
});

it('counts what the cache answered and what it did not', async () => {
  const t = testService();
  const { token } = await t.create();
  for (let i = 0; i < 3; i += 1) await t.outcome(token);
  expect(t.service.cacheCounts()).toEqual({ hits: 2, misses: 1 });
});

function throwing(method: 'verify') {
  const hasher = createHasher({ pepper: 'x'.repeat(32) });
  return {
    ...hasher,
    [method]: () => {
      throw new Error('no such algorithm');
    },
  };
}

function rejecting() {
  const hasher = createHasher({ pepper: 'x'.repeat(32) });
  return { ...hasher, verify: () => Promise.reject(new Error('thread pool gone')) };
}
