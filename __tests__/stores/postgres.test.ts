/** The SQL store on PostgreSQL keeps the contract. */
import { Pool } from 'pg';
import { recordFixture, testKeyStore } from '../../lib/stores/contract';
import { sqlStore } from '../../lib/stores/sql';
import type { SqlStoreOptions } from '../../lib/stores/sql';
import { describeWithServer, runName, withDatabase } from '../support/servers';
import { testSqlStore } from '../support/sql-suite';

describeWithServer('postgres', (url) => {
  const admin = new Pool({ connectionString: url, max: 1 });
  const databases: string[] = [];
  const pools: Pool[] = [];

  async function newDatabase(): Promise<string> {
    const name = runName();
    await admin.query(`create database ${name}`);
    databases.push(name);
    return withDatabase(url, name);
  }

  function open(connectionString: string): Pool {
    const pool = new Pool({ connectionString, max: 8 });
    pools.push(pool);
    return pool;
  }

  let here: Pool;
  let there: Pool;
  beforeAll(async () => {
    const database = await newDatabase();
    here = open(database);
    there = open(database);
    await sqlStore({ postgres: here }).migrate();
  }, 60_000);

  afterAll(async () => {
    await Promise.all(pools.filter((pool) => !pool.ended).map((pool) => pool.end()));
    for (const name of databases) await admin.query(`drop database ${name}`);
    await admin.end();
  }, 60_000);

  testKeyStore({
    name: 'PostgreSQL, two pools',
    create: async () => {
      await here.query('delete from latchkey_keys');
      return sqlStore({ postgres: here });
    },
    reopen: () => sqlStore({ postgres: there }),
    rawRows: async () => JSON.stringify((await here.query('select * from latchkey_keys')).rows),
  });

  testKeyStore({
    name: 'PostgreSQL, prepared statements',
    create: async () => {
      await here.query('delete from latchkey_keys');
      return sqlStore({ postgres: here, preparedStatements: true });
    },
    parallel: 20,
    rounds: 5,
  });

  testSqlStore({
    kind: 'postgres',
    empty: async () => {
      const target = await newDatabase();
      return { options: { postgres: open(target) }, target };
    },
    raw: async (options: SqlStoreOptions, statement) => {
      if (!('postgres' in options)) return;
      const client = await options.postgres.connect();
      await client.query({ text: statement, values: [] });
      client.release();
    },
  });

  it('takes its tables from the first schema of the search path, whatever other schemas hold', async () => {
    const database = await newDatabase();
    await sqlStore({ postgres: open(database) }).migrate();
    const other = new Pool({ connectionString: database, options: '-c search_path=tenant' });
    pools.push(other);
    await other.query('create schema tenant');
    const store = sqlStore({ postgres: other });
    expect((await store.migrate()).applied).toContain('0001-keys');
    await store.create(recordFixture());
    const { rows } = await other.query('select count(*)::int as n from tenant.latchkey_keys');
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('keeps the cap where the pool defaults to a snapshot for the whole transaction', async () => {
    const database = await newDatabase();
    const options = '-c default_transaction_isolation=serializable';
    const pool = new Pool({ connectionString: database, max: 8, options });
    pools.push(pool);
    const store = sqlStore({ postgres: pool });
    await store.migrate();
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, () => store.create(recordFixture(), { limit: 10, now: 0 })),
    );
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(10);
  });

  it('drops a connection that the server cut during a statement, and goes on with another', async () => {
    const pool = new Pool({ connectionString: await newDatabase(), max: 1 });
    pools.push(pool);
    const store = sqlStore({ postgres: pool });
    await store.migrate();
    const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
    const holder = await open(withDatabase(url, databases.at(-1)!)).connect();
    await holder.query('begin; lock table latchkey_keys');
    const waiting = expect(store.ping()).rejects.toMatchObject({ name: 'SqlStoreError', code: '57P01' });
    await admin.query('select pg_terminate_backend($1)', [rows[0]!.pid]);
    await waiting;
    await holder.query('rollback');
    holder.release();
    await expect(store.ping()).resolves.toBeUndefined();
  });
});
