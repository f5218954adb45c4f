/** Limits in Redis and PostgreSQL: exact under parallel requests, on real servers. */
import Redis from 'ioredis';
import { Pool } from 'pg';
import { createClient } from 'redis';
import { postgresLimitStore, redisLimitStore, type LimitStore } from '../../lib/limits';
import { describeWithServer, runName } from '../support/servers';
import { limitedApp, statuses, testKeys } from './limited-app';
import { flood } from './limit-processes';

// Processes and servers take their time on a busy machine.
jest.setTimeout(90_000);

interface Opened {
  readonly store: LimitStore;
  close(): Promise<unknown>;
}

function sharedLimits(open: (name: string) => Promise<Opened>, drop: (name: string) => Promise<void>): void {
  const name = runName();
  let opened: Opened;

  beforeAll(async () => {
    opened = await open(name);
  });
  afterAll(async () => {
    await opened.close();
    await drop(name);
  });

  it('counts up, and the window ends where it did, whatever follows', async () => {
    const first = await opened.store.add('counter', 3, 60);
    const second = await opened.store.add('counter', 4, 3_600);
    expect([first.count, second.count]).toEqual([3, 7]);
    expect(first.endsIn).toBeGreaterThan(50_000);
    expect(first.endsIn).toBeLessThanOrEqual(60_000);
    expect(second.endsIn).toBeLessThanOrEqual(first.endsIn);
  });

  it('one process lets exactly 10 of 200 parallel requests pass', async () => {
    const { keys, create } = testKeys();
    const { token } = await create();
    const app = limitedApp(keys, {
      default: { limit: 10, windowSeconds: 600 },
      store: opened.store,
      onStoreError: 'refuse',
      storeTimeout: 20,
    });
    const server = app.listen(0);
    const address = server.address() as { port: number };
    const urls = [`http://127.0.0.1:${String(address.port)}/`];
    expect(await flood({ urls, token, written: () => '', stop: () => undefined }, 200)).toEqual({
      200: 10,
      429: 190,
    });
    server.close();
  });

  it('opens a new window when the old one has ended', async () => {
    const { keys, create } = testKeys({ clock: Date.now });
    const { token } = await create({ rateLimit: { limit: 1, windowSeconds: 1 } });
    const app = limitedApp(keys, { store: opened.store, onStoreError: 'refuse', storeTimeout: 20 });
    expect(await statuses(app, token, 1)).toEqual([200]);
    const started = Date.now();
    let status = 429;
    while (status === 429 && Date.now() - started < 20_000) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      [status = 0] = await statuses(app, token, 1);
    }
    expect(status).toBe(200);
  });
}

describeWithServer('redis', (url) => {
  const drop = async (name: string): Promise<void> => {
    const client = new Redis(url);
    const counters = await client.keys(`${name}:*`);
    if (counters.length > 0) await client.del(counters);
    client.disconnect();
  };

  describe('with ioredis', () => {
    sharedLimits((name) => {
      const client = new Redis(url);
      return Promise.resolve({
        store: redisLimitStore(client, { prefix: name }),
        close: () => client.quit(),
      });
    }, drop);
  });

  describe('with redis', () => {
    sharedLimits(async (name) => {
      const client = createClient({ url });
      await client.connect();
      return { store: redisLimitStore(client, { prefix: name }), close: () => client.close() };
    }, drop);
  });
});

describeWithServer('postgres', (url) => {
  sharedLimits(
    (name) => {
      const pool = new Pool({ connectionString: url });
      return Promise.resolve({ store: postgresLimitStore(pool, { table: name }), close: () => pool.end() });
    },
    async (name) => {
      const pool = new Pool({ connectionString: url });
      await pool.query(`drop table if exists "${name}"`);
      await pool.end();
    },
  );

  it('uses a table of another schema, and one that the host made', async () => {
    const pool = new Pool({ connectionString: url });
    const schema = runName();
    await pool.query(`create schema "${schema}"`);
    const first = postgresLimitStore(pool, { schema, table: 'counts' });
    const second = postgresLimitStore(pool, { schema, table: 'counts', createTable: false });
    expect([(await first.add('a', 1, 60)).count, (await second.add('a', 1, 60)).count]).toEqual([1, 2]);
    const missing = postgresLimitStore(pool, { schema, table: 'none', createTable: false });
    await expect(missing.add('a', 1, 60)).rejects.toThrow('does not exist');
    await pool.query(`drop schema "${schema}" cascade`);
    await pool.end();
  });
});
