/** The store of the limits is down, slow, or back. */
import type { ApiKeyEvents } from '../../lib';
import { postgresLimitStore, type LimitStore, type OnStoreError } from '../../lib/limits';
import { ask, limitedApp, statuses, testKeys } from './limited-app';

const LIMIT = { limit: 2, windowSeconds: 60 };

/** A store that counts, fails or hangs as told. */
function switchable() {
  const counts = new Map<string, number>();
  const control = { mode: 'up' as 'up' | 'down' | 'hanging', calls: [] as string[] };
  const store: LimitStore = {
    async add(counter, cost, windowSeconds) {
      control.calls.push(counter);
      if (control.mode === 'down') throw new Error('connection refused');
      if (control.mode === 'hanging') await new Promise(() => undefined);
      const count = (counts.get(counter) ?? 0) + cost;
      counts.set(counter, count);
      return { count, endsIn: windowSeconds * 1000 };
    },
  };
  return { store, control, counts };
}

async function faulty(onStoreError: OnStoreError) {
  const made = testKeys();
  const { store, control, counts } = switchable();
  const failures: ApiKeyEvents['failure'][] = [];
  made.keys.on('failure', (event) => void failures.push(event));
  const options = { default: LIMIT, store, onStoreError, storeTimeout: 0.05 };
  const { token, key } = await made.create();
  return { ...made, control, counts, failures, app: limitedApp(made.keys, options), token, key, store };
}

describe.each(['down', 'hanging'] as const)('while the store is %s', (mode) => {
  it('refuse: 503 with the contract, and the event of a denial', async () => {
    const { app, control, token, keys, key } = await faulty('refuse');
    const denied: ApiKeyEvents['denied'][] = [];
    keys.on('denied', (event) => void denied.push(event));
    control.mode = mode;
    const answer = await ask(app, token);
    expect(answer.status).toBe(503);
    expect(answer.text).toBe(
      '{"error":{"code":"UNAVAILABLE","message":"Authentication is temporarily unavailable","details":{}}}',
    );
    expect(answer.headers).toMatchObject({ 'retry-after': '1', 'cache-control': 'no-store' });
    expect(denied).toMatchObject([{ reason: 'unavailable', status: 503, keyId: key.id }]);
  });

  it('allow: requests pass uncounted, without headers', async () => {
    const { app, control, token } = await faulty('allow');
    control.mode = mode;
    expect(await statuses(app, token, 4)).toEqual([200, 200, 200, 200]);
    expect((await ask(app, token)).headers).not.toHaveProperty('x-ratelimit-limit');
  });

  it('memory: the process counts for itself', async () => {
    const { app, control, token } = await faulty('memory');
    control.mode = mode;
    expect(await statuses(app, token, 4)).toEqual([200, 200, 429, 429]);
    expect((await ask(app, token)).headers['x-ratelimit-remaining']).toBe('0');
  });

  it('memory: addresses count there too', async () => {
    const { keys, control, store } = await faulty('refuse');
    const options = {
      name: 'open',
      default: LIMIT,
      store,
      onStoreError: 'memory',
      storeTimeout: 0.05,
    } as const;
    const app = limitedApp(keys, options, { required: false });
    control.mode = mode;
    expect(await statuses(app, undefined, 3)).toEqual([200, 200, 429]);
  });
});

describe('a store that fails again and again', () => {
  it('is left alone, and told of once', async () => {
    const { app, control, token, failures } = await faulty('allow');
    control.mode = 'down';
    await statuses(app, token, 20);
    expect(control.calls.length).toBeLessThan(20);
    expect(failures).toMatchObject([{ task: 'counting limits', error: { message: 'connection refused' } }]);
  });
});

describe('a store that is back', () => {
  it('counts again within seconds, without a restart', async () => {
    const { app, control, token } = await faulty('refuse');
    control.mode = 'down';
    expect(await statuses(app, token, 6)).toEqual(Array<number>(6).fill(503));
    control.mode = 'up';
    const started = Date.now();
    let status = 503;
    while (status === 503 && Date.now() - started < 5_000) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      [status = 0] = await statuses(app, token, 1);
    }
    expect([status, ...(await statuses(app, token, 2))]).toEqual([200, 200, 429]);
  });
});

describe('a counter', () => {
  it('that is exceeded is not asked again before it ends', async () => {
    const { app, control, token, clock } = await faulty('refuse');
    expect(await statuses(app, token, 10)).toEqual([200, 200, ...Array<number>(8).fill(429)]);
    expect(control.calls).toHaveLength(3);
    clock.now += 60_000;
    await statuses(app, token, 1);
    expect(control.calls).toHaveLength(4);
  });

  it('is asked again when the limit was raised', async () => {
    const { app, control, token, keys, key, counts } = await faulty('refuse');
    await statuses(app, token, 5);
    await keys.update(key.id, { rateLimit: { limit: 4, windowSeconds: 60 } });
    expect(await statuses(app, token, 2)).toEqual([200, 429]);
    expect([...counts]).toEqual([[`default:60:key:${key.id}`, 5]]);
    expect(control.calls).toHaveLength(5);
  });

  it('of the long window is not touched by what the short one refuses', async () => {
    const { create, keys, store, counts } = await faulty('refuse');
    const { token, key } = await create({ quota: { limit: 100, period: 'day' } });
    const app = limitedApp(keys, {
      name: 'bursty',
      default: { limit: 50, windowSeconds: 60 },
      also: { burst: { limit: 1, windowSeconds: 1 } },
      store,
      onStoreError: 'refuse',
    });
    expect(await statuses(app, token, 3)).toEqual([200, 429, 429]);
    expect(Object.fromEntries(counts)).toEqual({
      [`bursty.burst:1:key:${key.id}`]: 2,
      [`bursty:60:key:${key.id}`]: 1,
    });
  });

  it('of a quota bears the name of its period, and outlives it by a day', async () => {
    const made = testKeys();
    const lifetimes: [string, number][] = [];
    const store: LimitStore = {
      add(counter, _cost, windowSeconds) {
        lifetimes.push([counter, windowSeconds]);
        return Promise.resolve({ count: 1, endsIn: windowSeconds * 1000 });
      },
    };
    const { token, key } = await made.create({ quota: { limit: 5, period: 'day' } });
    const app = limitedApp(made.keys, { store, onStoreError: 'refuse' });
    const answer = await ask(app, token);
    expect(lifetimes).toEqual([[`quota:2026-11-22:key:${key.id}`, 12 * 3_600 + 86_400]]);
    expect(answer.headers['x-ratelimit-reset']).toBe(String(Date.parse('2026-11-23T00:00:00Z') / 1000));
  });
});

describe('postgresLimitStore', () => {
  it.each([
    ['a database that was down is asked for its table again', '08006', 'connection failure', 1],
    ['another process that makes the table is no failure', '23505', 'duplicate key', 0],
    ['a table that is there meanwhile is no failure', '42P07', 'already exists', 0],
  ])('%s', async (_what, code, message, failed) => {
    let tables = 0;
    const pool = {
      query: ({ text }: { text: string }) => {
        if (!text.startsWith('CREATE')) return Promise.resolve({ rows: [{ points: 1, expire: '1' }] });
        tables += 1;
        if (tables > 1) return Promise.resolve({ rows: [] });
        return Promise.reject(Object.assign(new Error(message), { code }));
      },
    };
    const store = postgresLimitStore(pool);
    const results = [];
    for (let i = 0; i < 3; i += 1) {
      results.push(
        await store
          .add('a', 1, 60)
          .then(({ count }) => count)
          .catch((error: unknown) => String(error)),
      );
    }
    expect(results.filter((result) => result === 1)).toHaveLength(3 - failed);
    expect(results.filter((result) => result === `Error: ${message}`)).toHaveLength(failed);
    expect(tables).toBe(1 + failed);
  });
});
