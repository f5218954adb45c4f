/** The SQL store on MySQL and MariaDB keeps the contract. */
import { createPool } from 'mysql2';
import type { Pool } from 'mysql2';
import { createPool as createPromisePool } from 'mysql2/promise';
import { recordFixture, testKeyStore } from '../../lib/stores/contract';
import { sqlStore } from '../../lib/stores/sql';
import type { SqlStoreOptions } from '../../lib/stores/sql';
import { describeWithServer, runName, withDatabase } from '../support/servers';
import { testSqlStore } from '../support/sql-suite';

describeWithServer('mysql', (url) => {
  const admin = createPromisePool({ uri: url, connectionLimit: 1 });
  const databases: string[] = [];
  const pools: Pool[] = [];

  async function newDatabase(): Promise<string> {
    const name = runName();
    await admin.query(`create database ${name} character set latin1`);
    databases.push(name);
    return withDatabase(url, name);
  }

  function open(uri: string, charset?: string): Pool {
    const pool = createPool({ uri, connectionLimit: 8, ...(charset === undefined ? {} : { charset }) });
    pools.push(pool);
    return pool;
  }

  let here: Pool;
  let there: Pool;
  beforeAll(async () => {
    const database = await newDatabase();
    here = open(database);
    there = open(database);
    await sqlStore({ mysql: here }).migrate();
  }, 60_000);

  afterAll(async () => {
    await Promise.all(
      pools.map((pool) =>
        pool
          .promise()
          .end()
          .catch(() => undefined),
      ),
    );
    for (const name of databases) await admin.query(`drop database ${name}`);
    await admin.end();
  }, 60_000);

  testKeyStore({
    name: 'MySQL/MariaDB, two pools, one of promises',
    create: async () => {
      await here.promise().query('delete from latchkey_keys');
      return sqlStore({ mysql: here });
    },
    reopen: () => sqlStore({ mysql: there.promise() }),
    rawRows: async () => JSON.stringify(await here.promise().query('select * from latchkey_keys')),
  });

  testSqlStore({
    kind: 'mysql',
    empty: async () => {
      const target = await newDatabase();
      return { options: { mysql: open(target) }, target };
    },
    raw: async (options: SqlStoreOptions, statement) => {
      if ('mysql' in options) await (options.mysql as Pool).promise().query(statement);
    },
  });

  it('refuses a pool that cannot carry all of Unicode', async () => {
    const store = sqlStore({ mysql: open(await newDatabase(), 'latin1_swedish_ci') });
    await expect(store.migrate()).rejects.toMatchObject({ name: 'ConfigurationError', subject: 'mysql' });
  });

  it('keeps hostile text where backslashes escape nothing', async () => {
    const pool = open(await newDatabase());
    pool.on('connection', (connection) => {
      connection.query("set sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,NO_ZERO_DATE'");
    });
    const store = sqlStore({ mysql: pool });
    await store.migrate();
    const record = recordFixture({ name: "\\' or 1=1; -- \\", description: "'\\\\''" });
    await store.create(record);
    expect(await store.findById(record.id)).toEqual(record);
    expect(await store.list({ now: 0, limit: 1, nameContains: "\\'" })).toEqual([record]);
    expect(await store.update(record.id, 1, { name: "'" }, 5)).toMatchObject({ outcome: 'updated' });
  });
});
