/** What a change means for the next request, here and in other processes. */
import { createHasher } from '../../lib/keys/hashing/create-hasher';
import type { ChangeBus, ChangeListener } from '../../lib/stores/change-bus';
import { controlledStore, settle } from '../support/controlled-store';
import { fakeClock } from '../support/fake-clock';
import { CATALOGUE, testService, type TestService } from '../support/test-service';

describe('freshness', () => {
  it('counts from the start of the read', async () => {
    const t = testService();
    const { token } = await t.create();
    const release = t.hold('findById', 'after');
    const slow = t.outcome(token);
    t.clock.advance(4_000);
    release();
    await slow;
    t.reset();
    t.clock.advance(999);
    expect(t.verify(token)).toMatchObject({ granted: true });
    t.clock.advance(1);
    expect(t.verify(token)).toBeInstanceOf(Promise);
    expect(t.reads()).toBe(1);
  });

  it('is not prolonged by a clock that was set back', async () => {
    const t = testService();
    const { token } = await t.create();
    await t.verified(token);
    t.clock.advance(-1);
    expect(t.verify(token)).toBeInstanceOf(Promise);
  });

  it('of an unknown id is not prolonged by it either', async () => {
    const t = testService();
    const { token } = t.service.tokens.generate('secret');
    await t.outcome(token);
    t.clock.advance(-1);
    expect(t.verify(token)).toBeInstanceOf(Promise);
  });

  it('of 0 reads the key for every request, and hashes once', async () => {
    const t = testService({ cache: { ttl: 0 } });
    const { token } = await t.create();
    t.reset();
    for (let i = 0; i < 3; i += 1) expect(await t.outcome(token)).toBe('granted');
    expect(t.calls).toEqual({ findById: 3 });
    expect(t.hasher.counts.verify).toBe(1);
  });

  it('is bounded to cache.maxKeys keys and proofs', async () => {
    const t = testService({ cache: { maxKeys: 5 } });
    for (let i = 0; i < 12; i += 1) await t.verified((await t.create()).token);
    expect(t.service.cacheSize()).toEqual({ keys: 5, proofs: 5 });
  });
});

describe('the next request in the same process', () => {
  const change: Record<string, (t: TestService, id: string) => Promise<unknown>> = {
    revoked: (t, id) => t.service.revoke(id),
    disabled: (t, id) => t.service.update(id, { disabled: true }),
    expired: async (t, id) => {
      await t.service.update(id, { expiresAt: t.clock() + 1 });
      t.clock.advance(1);
    },
    'bound to another address': (t, id) => t.service.update(id, { addresses: ['192.0.2.1'] }),
    'bound to another host': (t, id) => t.service.update(id, { hosts: ['other.example.com'] }),
    'rotated without overlap': (t, id) => t.service.rotate(id, { overlapSeconds: 0 }),
  };

  it.each([
    ['revoked', 'key_revoked'],
    ['disabled', 'key_disabled'],
    ['expired', 'key_expired'],
    ['bound to another address', 'ip_not_allowed'],
    ['bound to another host', 'host_wrong'],
    ['rotated without overlap', 'key_expired'],
  ])('sees that the key is %s', async (name, reason) => {
    const t = testService();
    const { token, key } = await t.create();
    expect(await t.outcome(token)).toBe('granted');
    await change[name]!(t, key.id);
    expect(await t.outcome(token)).toBe(reason);
    expect(await t.outcome(token)).toBe(reason);
  });

  it.each([
    ['revoked', 'parent_invalid'],
    ['disabled', 'parent_invalid'],
    ['expired', 'key_expired'],
    ['bound to another address', 'ip_not_allowed'],
    ['bound to another host', 'host_wrong'],
    ['rotated without overlap', 'key_expired'],
  ])('sees that the parent of a temporary token is %s', async (name, reason) => {
    const t = testService();
    const { token, key } = await t.create();
    const minted = await t.service.mintTemporary(await t.verified(token), { scopes: ['models:read'] });
    expect(await t.outcome(minted.token)).toBe('granted');
    await change[name]!(t, key.id);
    expect(await t.outcome(minted.token)).toBe(reason);
    expect(await t.outcome(minted.token)).toBe(reason);
  });

  it('sees that a parent is gone', async () => {
    const t = testService();
    const { token, key } = await t.create();
    const minted = await t.service.mintTemporary(await t.verified(token), { scopes: ['models:read'] });
    await t.service.update(key.id, { expiresAt: t.clock() + 1 });
    t.clock.advance(10_000);
    await t.service.purgeExpired(0);
    expect(await t.outcome(minted.token)).toBe('parent_invalid');
  });

  it('sees that a key was enabled again', async () => {
    const t = testService();
    const { token, key } = await t.create();
    await t.service.update(key.id, { disabled: true });
    expect(await t.outcome(token)).toBe('key_disabled');
    await t.service.update(key.id, { disabled: false });
    expect(await t.outcome(token)).toBe('granted');
  });

  it('sees a key that was just created, although its id was unknown', async () => {
    const t = testService();
    const clash = testService({}, { controlled: t, clock: t.clock });
    const { token, key } = await clash.create();
    const record = await t.inner.findById(key.id);
    t.inner.findById = async () => null;
    expect(await t.outcome(token)).toBe('key_unknown');
    t.inner.findById = async () => record;
    expect(await t.outcome(token)).toBe('key_unknown');
    t.clock.advance(2_000);
    expect(await t.outcome(token)).toBe('granted');
  });

  it('sees the scopes of now, and those of a temporary token are never more than its parent has', async () => {
    const t = testService({ catalogue: CATALOGUE });
    const { token, key } = await t.create({ scopes: ['models:read', 'models:write', 'chat:send'] });
    const minted = await t.service.mintTemporary(await t.verified(token), {
      scopes: ['models:write', 'chat:send'],
    });
    expect((await t.verified(minted.token)).scopes).toEqual(['models:write', 'chat:send']);
    await t.service.update(key.id, { scopes: ['models:read', 'chat:send'] });
    expect((await t.verified(token)).scopes).toEqual(['models:read', 'chat:send']);
    expect((await t.verified(minted.token)).scopes).toEqual(['chat:send']);
    await t.service.update(key.id, { level: 'read-only' });
    expect((await t.verified(minted.token)).scopes).toEqual([]);
  });

  it('joins no read that a change has overtaken', async () => {
    const t = testService();
    const { token, key } = await t.create();
    const release = t.hold('findById', 'after');
    const overtaken = t.outcome(token);
    await settle();
    t.setGate(null);
    await t.service.revoke(key.id);
    expect(await t.outcome(token)).toBe('key_revoked');
    release();
    expect(await overtaken).toBe('key_revoked');
    expect(await t.outcome(token)).toBe('key_revoked');
  });

  it('is judged anew when the parent changed while it was read', async () => {
    const t = testService();
    const { token, key } = await t.create();
    const minted = await t.service.mintTemporary(await t.verified(token), { scopes: ['models:read'] });
    await t.outcome(minted.token);
    t.clock.advance(5_000);
    let reads = 0;
    t.setGate((phase, method) => {
      if (phase !== 'after' || method !== 'findById') return undefined;
      reads += 1;
      if (reads !== 2) return undefined;
      t.setGate(null);
      return t.service.update(key.id, { disabled: true }).then(() => undefined);
    });
    expect(await t.outcome(minted.token)).toBe('parent_invalid');
  });

  it('is judged anew when the token itself was revoked while its parent was read', async () => {
    const t = testService();
    const { token } = await t.create();
    const minted = await t.service.mintTemporary(await t.verified(token), { scopes: ['models:read'] });
    await t.outcome(minted.token);
    t.clock.advance(5_000);
    let reads = 0;
    t.setGate((phase, method) => {
      if (phase !== 'after' || method !== 'findById') return undefined;
      reads += 1;
      if (reads !== 2) return undefined;
      t.setGate(null);
      return t.service.revoke(minted.key.id).then(() => undefined);
    });
    expect(await t.outcome(minted.token)).toBe('key_revoked');
  });

  it('keeps refusing a revoked key although a lagging store says otherwise', async () => {
    const t = testService();
    const { token, key } = await t.create();
    const before = await t.inner.findById(key.id);
    await t.service.revoke(key.id);
    t.inner.findById = async () => ({ ...before! });
    expect(await t.outcome(token)).toBe('key_revoked');
    // Another change of the same key does not make it forget.
    await t.service.revoke(key.id);
    expect(await t.outcome(token)).toBe('key_revoked');
  });
});

describe('the ceiling of the user', () => {
  it('caps the key, and the temporary tokens minted from it', async () => {
    const principalScopes = jest.fn(async () => ['models:read'] as const);
    const t = testService({ principalScopes });
    const { token } = await t.create({ userId: 'u1', ownerId: 'acme' });
    const key = await t.verified(token);
    expect(key.scopes).toEqual(['models:read']);
    expect(principalScopes).toHaveBeenCalledWith('u1', 'acme');
    const minted = await t.service.mintTemporary(key, { scopes: ['models:read'] });
    expect((await t.verified(minted.token)).scopes).toEqual(['models:read']);
    await expect(t.service.mintTemporary(key, { scopes: ['models:write'] })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { required: 'models:write', provided: 'models:read' },
    });
  });

  it.each<[string, readonly string[] | null, readonly string[]]>([
    ['nothing when it is empty', [], []],
    ['everything when there is none', null, ['*']],
  ])('leaves %s', async (_name, ceiling, scopes) => {
    const t = testService({ principalScopes: () => ceiling });
    const { token } = await t.create({ userId: 'u1' });
    expect((await t.verified(token)).scopes).toEqual(scopes);
  });

  it('is not asked for a key without a user', async () => {
    const principalScopes = jest.fn(() => []);
    const t = testService({ principalScopes });
    await t.verified((await t.create()).token);
    expect(principalScopes).not.toHaveBeenCalled();
  });

  it.each<[string, () => never]>([
    [
      'throws',
      () => {
        throw new Error('no directory');
      },
    ],
    ['rejects', (() => Promise.reject(new Error('no directory'))) as () => never],
    ['answers nonsense', (() => 'models:read') as never],
    ['answers a scope that is none', (() => ['no scope at all']) as never],
    ['never answers', (() => new Promise(() => undefined)) as never],
  ])('that %s makes the verdict unknown', async (_name, principalScopes) => {
    const t = testService({ principalScopes, storeTimeout: 20 });
    const failures = t.record('failure');
    const { token } = await t.create({ userId: 'u1' });
    expect(await t.outcome(token)).toBe('unavailable');
    expect(failures).toHaveLength(1);
  });
});

describe('another process', () => {
  function memoryBus() {
    const listeners: ChangeListener[] = [];
    const end = (): ChangeBus => ({
      subscribe: async (listener) => {
        listeners.push(listener);
      },
      publish: async (change) => {
        for (const listener of listeners) listener.onChange(change);
      },
      close: async () => undefined,
    });
    return { end, listeners };
  }

  it('sees a change with the bus before the change is answered, and without it after cache.ttl', async () => {
    const controlled = controlledStore();
    const clock = fakeClock();
    const { end } = memoryBus();
    const here = testService({ bus: end() }, { controlled, clock });
    const there = testService({ bus: end() }, { controlled, clock });
    const alone = testService({}, { controlled, clock });
    const { token, key } = await here.create();
    await Promise.all([here, there, alone].map((t) => t.verified(token)));
    await here.service.revoke(key.id);
    expect(await there.outcome(token)).toBe('key_revoked');
    expect(await alone.outcome(token)).toBe('granted');
    clock.advance(5_000);
    expect(await alone.outcome(token)).toBe('key_revoked');
  });

  it('reads everything again when a lost bus is back, and says both once', async () => {
    const { end, listeners } = memoryBus();
    const t = testService({ bus: end() });
    const [down, up] = [t.record('bus_down'), t.record('bus_up')];
    const { token } = await t.create();
    await t.verified(token);
    const [listener] = listeners;
    const error = new Error('connection reset');
    listener!.onLost(error);
    listener!.onLost(error);
    listener!.onRestored();
    listener!.onRestored();
    expect(down).toEqual([{ error, at: t.clock() }]);
    expect(up).toEqual([{ at: t.clock() }]);
    t.reset();
    await t.verified(token);
    expect(t.reads()).toBe(1);
  });

  it.each<[string, () => Promise<void>]>([
    ['rejects', () => Promise.reject(new Error('no bus'))],
    [
      'throws',
      () => {
        throw new Error('no bus');
      },
    ],
    ['hangs', () => new Promise(() => undefined)],
  ])('is left to cache.ttl when publishing %s; the change stands', async (name, publish) => {
    const { end } = memoryBus();
    const t = testService({ bus: { ...end(), publish } });
    const failures = t.record('failure');
    const { token, key } = await t.create();
    await t.service.revoke(key.id);
    expect(await t.outcome(token)).toBe('key_revoked');
    expect(failures.map(({ task }) => task)).toEqual(name === 'hangs' ? [] : ['publishing a change']);
  });

  it('is not heard when the subscription fails, which is told', async () => {
    const { end } = memoryBus();
    const t = testService({ bus: { ...end(), subscribe: () => Promise.reject(new Error('refused')) } });
    const down = t.record('bus_down');
    await settle();
    expect(down).toMatchObject([{ error: { message: 'refused' } }]);
  });
});

describe('the hash of a key', () => {
  it('that another process renewed is proved again, once', async () => {
    const controlled = controlledStore();
    const clock = fakeClock();
    const old = testService({ hasher: createHasher({ bcryptCost: 4 }) }, { controlled, clock });
    const { token } = await old.create();
    await old.verified(token);
    const renewing = testService({ hasher: createHasher({ bcryptCost: 5 }) }, { controlled, clock });
    await renewing.verified(token);
    await renewing.service.close();
    clock.advance(5_000);
    expect(await old.outcome(token)).toBe('granted');
    expect(old.hasher.counts.verify).toBe(2);
  });
});
