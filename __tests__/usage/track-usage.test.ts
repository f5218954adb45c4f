import type { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import request from 'supertest';
import { apiKeyAuth, createApiKeys, defineScopes, memoryStore, type KeyStore } from '../../lib';
import { memoryUsageStore, trackUsage, type TrackUsageOptions, type UsageStore } from '../../lib/usage';

const scopes = defineScopes({ resources: { models: ['read', 'write'] } });
const NOON = Date.UTC(2026, 0, 15, 12);
const DAY = 86_400_000;
const NOW_LATER = NOON + 100 * DAY;

function setUp(options: Partial<TrackUsageOptions> = {}, store: KeyStore = memoryStore()) {
  let now = NOON;
  const keys = createApiKeys({
    store,
    scopes,
    clock: () => now,
    pepper: 'a pepper of more than thirty-two characters',
  });
  const usage = trackUsage(keys, { store: memoryUsageStore(), flushInterval: 3_600, ...options });
  const app = express();
  app.use(apiKeyAuth(keys));
  app.use(apiKeyAuth(keys));
  app.get('/models/:id', keys.requireScope('models:read'), (_req: IncomingMessage, res: ServerResponse) => {
    res.end('{}');
  });
  app.post('/models', keys.requireScope('models:write'), (_req: IncomingMessage, res: ServerResponse) => {
    res.end('{}');
  });
  const get = (token: string, path = '/models/1') => request(app).get(path).set('X-API-Key', token);
  const post = (token: string) => request(app).post('/models').set('X-API-Key', token);
  return { keys, usage, get, post, setNow: (at: number) => (now = at) };
}

/** A store that counts its calls, and fails while told to. */
function unreliableUsageStore(): UsageStore & { calls: number; failing: boolean; losing: boolean } {
  const inner = memoryUsageStore();
  const store = {
    calls: 0,
    failing: false,
    /** Keeps the batch and fails all the same: the answer is lost on the way. */
    losing: false,
    async add(batch: Parameters<UsageStore['add']>[0]) {
      store.calls += 1;
      if (store.failing) throw new Error('the store is away');
      await inner.add(batch);
      if (store.losing) throw new Error('the answer was lost');
    },
    read: (query: Parameters<UsageStore['read']>[0]) => inner.read(query),
    deleteBefore: (day: string) => inner.deleteBefore(day),
  };
  return store;
}

describe('trackUsage', () => {
  it('counts a request once however often authentication is mounted, and denials beside it', async () => {
    const { keys, usage, get, post } = setUp();
    const { token, key } = await keys.create({ kind: 'scoped', name: 'k', scopes: ['models:read'] });
    for (let i = 0; i < 5; i += 1) await get(token).expect(200);
    await post(token).expect(403);
    await usage.flush();
    expect(await usage.daily(key.id, { from: '2026-01-15', to: '2026-01-15' })).toEqual([
      { day: '2026-01-15', requests: 6, denied: 1, limited: 0 },
    ]);
  });

  it('counts no refusal that anyone can cause who knows the id alone', async () => {
    const { keys, usage, get } = setUp();
    const { token, key } = await keys.create({ kind: 'scoped', name: 'k', scopes: ['models:read'] });
    const other = await keys.create({ kind: 'scoped', name: 'k', scopes: ['models:read'] });
    await get(`${token.slice(0, -1)}!`).expect(401);
    await get(other.token.slice(0, 3) + token.slice(3, 19) + other.token.slice(19)).expect(401);
    await usage.flush();
    const [today] = await usage.daily(key.id, { from: '2026-01-15', to: '2026-01-15' });
    expect(today).toMatchObject({ requests: 0, denied: 0 });
  });

  it('counts a refusal after the secret proved right', async () => {
    const { keys, usage, get, setNow } = setUp();
    const { token, key } = await keys.create({
      kind: 'scoped',
      name: 'k',
      scopes: ['models:read'],
      expiresAt: NOON + 1000,
    });
    setNow(NOON + 2000);
    await get(token).expect(401);
    await usage.flush();
    const [today] = await usage.daily(key.id, { from: '2026-01-15', to: '2026-01-15' });
    expect(today).toMatchObject({ requests: 0, denied: 1 });
  });

  it('writes nothing while requests run: 1,000 verified requests, no store write before the flush', async () => {
    const store = memoryStore();
    const writes: string[] = [];
    for (const name of ['create', 'update', 'revoke', 'rotate', 'touch'] as const) {
      const method = (store[name] as (...values: unknown[]) => Promise<unknown>).bind(store);
      Object.assign(store, {
        [name]: (...values: unknown[]) => {
          writes.push(name);
          return method(...values);
        },
      });
    }
    const usageStore = unreliableUsageStore();
    const { keys, usage } = setUp({ store: usageStore }, store);
    const { token, key } = await keys.create({ kind: 'scoped', name: 'k', scopes: ['models:read'] });
    writes.length = 0;
    const app = apiKeyAuth(keys);
    const head = {
      headers: { 'x-api-key': token },
      rawHeaders: ['X-API-Key', token],
      method: 'GET',
      url: '/',
    };
    for (let i = 0; i < 1_000; i += 1) {
      await new Promise<void>((resolve) => {
        app({ ...head } as unknown as IncomingMessage, {} as unknown as ServerResponse, () => resolve());
      });
    }
    expect([writes, usageStore.calls]).toEqual([[], 0]);
    expect(await usage.flush()).toBe(true);
    expect([writes, usageStore.calls]).toEqual([['touch'], 1]);
    expect(await keys.get(key.id)).toMatchObject({ lastUsedAt: NOON, version: 1 });
    expect((await usage.daily(key.id))[29]).toMatchObject({ requests: 1_000 });
  });

  it('keeps counts while the store is away, and counts nothing twice when an answer is lost', async () => {
    const store = unreliableUsageStore();
    const { keys, usage, get } = setUp({ store });
    const failures: unknown[] = [];
    keys.on('failure', (failure) => failures.push(failure));
    const { token, key } = await keys.create({ kind: 'scoped', name: 'k', scopes: ['models:read'] });
    const total = async (): Promise<number> => {
      return (await usage.daily(key.id)).reduce((sum, { requests }) => sum + requests, 0);
    };
    await get(token);
    store.failing = true;
    expect(await usage.flush()).toBe(false);
    await get(token);
    expect(await usage.flush()).toBe(false);
    store.failing = false;
    store.losing = true;
    expect(await usage.flush()).toBe(false);
    store.losing = false;
    await get(token);
    expect(await usage.flush()).toBe(true);
    expect(await total()).toBe(3);
    expect(failures).toHaveLength(3);
  });

  it('splits days in UTC', async () => {
    const { keys, usage, get, setNow } = setUp();
    const { token, key } = await keys.create({ kind: 'scoped', name: 'k', scopes: ['models:read'] });
    setNow(NOON + DAY / 2 - 1);
    await get(token);
    setNow(NOON + DAY / 2);
    await get(token);
    await get(token);
    await usage.flush();
    expect(await usage.daily(key.id, { from: '2026-01-14', to: '2026-01-16' })).toEqual([
      { day: '2026-01-14', requests: 0, denied: 0, limited: 0 },
      { day: '2026-01-15', requests: 1, denied: 0, limited: 0 },
      { day: '2026-01-16', requests: 2, denied: 0, limited: 0 },
    ]);
  });

  it.each([
    ['route', 'route:GET /models/:id'],
    ['scope', 'scope:models:read'],
  ] as const)('counts by %s when asked', async (by, dimension) => {
    const { keys, usage, get } = setUp({ by });
    const { token, key } = await keys.create({ kind: 'scoped', name: 'k', scopes: ['models:read'] });
    await get(token, '/models/1');
    await get(token, '/models/2');
    await usage.flush();
    expect(await usage.rows({ rows: 'dimensions', keyIds: [key.id] })).toEqual([
      { keyId: key.id, day: '2026-01-15', dimension, requests: 2, denied: 0, limited: 0 },
    ]);
    expect(await usage.rows()).toMatchObject([{ keyId: key.id, dimension: '', requests: 2 }]);
  });

  it('hands each written batch to onFlush once, and survives its failure', async () => {
    const seen: number[] = [];
    const { keys, usage, get } = setUp({
      onFlush: ({ rows }) => {
        seen.push(rows[0]?.requests ?? 0);
        throw new Error('the meter is away');
      },
    });
    const failures: string[] = [];
    keys.on('failure', ({ task }) => failures.push(task));
    const { token } = await keys.create({ kind: 'scoped', name: 'k', scopes: ['models:read'] });
    await get(token);
    expect(await usage.flush()).toBe(true);
    expect(await usage.flush()).toBe(true);
    expect(seen).toEqual([1]);
    expect(failures).toEqual(['flush of usage']);
  });

  it('writes what is left when the keys are closed, once', async () => {
    const store = memoryUsageStore();
    const { keys, usage, get } = setUp({ store });
    const { token, key } = await keys.create({ kind: 'scoped', name: 'k', scopes: ['models:read'] });
    await get(token);
    await Promise.all([keys.close(), keys.close(), usage.close()]);
    expect(await store.read({ from: '2026-01-15', to: '2026-01-15' })).toMatchObject([
      { keyId: key.id, requests: 1 },
    ]);
  });

  it('lists live keys that nobody has used for some days', async () => {
    const { keys, usage, get, setNow } = setUp();
    const create = (name: string, ownerId = 'acme') => {
      return keys.create({ kind: 'scoped', name, ownerId, scopes: ['models:read'] });
    };
    const used = await create('used');
    const [never, gone] = [await create('never'), await create('gone')];
    const other = await create('of another owner', 'other');
    await keys.revoke(gone.key.id);
    setNow(NOW_LATER);
    await get(used.token).expect(200);
    const young = await create('young');
    setNow(NOW_LATER + 29 * DAY);
    const ids = async (options?: Parameters<typeof usage.unused>[0]) => {
      return (await usage.unused(options)).map(({ id }) => id).sort();
    };
    expect(await ids()).toEqual([never.key.id, other.key.id].sort());
    expect(await ids({ ownerId: 'acme' })).toEqual([never.key.id]);
    expect(await ids({ ownerId: 'acme', days: 29 })).toEqual(
      [never.key.id, used.key.id, young.key.id].sort(),
    );
    await expect(usage.unused({ days: 0 })).rejects.toThrow(/days must be a whole number from 1 to 3650/);
  });

  it.each([
    [{ store: memoryUsageStore(), flushIntervall: 5 }, /flushIntervall: is not an option/],
    [{ store: memoryUsageStore(), flushInterval: 0 }, /flushInterval: must be a number from 0.1 to 3600/],
    [{ store: memoryUsageStore(), by: 'path' }, /by: must be "route" or "scope"; received "path"/],
    [{ store: memoryUsageStore(), onFlush: true }, /onFlush: must be a function/],
    [{}, /store: must be a UsageStore/],
  ])('refuses the options %j', (options, message) => {
    const keys = createApiKeys({ store: memoryStore() });
    expect(() => trackUsage(keys, options as unknown as TrackUsageOptions)).toThrow(message);
  });

  it.each([
    [{ from: 'yesterday' }, /from must be a day such as 2026-01-31; received "yesterday"/],
    [{ to: '2026-02-30' }, /to must be a day/],
    [{ from: '2026-01-02', to: '2026-01-01' }, /from must not be after to/],
    [{ from: '2020-01-01', to: '2026-01-01' }, /at most 400 days/],
  ])('refuses the range %j', async (range, message) => {
    const { usage } = setUp();
    await expect(usage.daily('id', range)).rejects.toThrow(message);
  });
});
