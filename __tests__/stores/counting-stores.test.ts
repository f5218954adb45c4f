/** Usage and audit, in memory and in every SQL database. */
import Database from 'better-sqlite3';
import { createPool } from 'mysql2/promise';
import { Pool } from 'pg';
import { memoryAuditStore } from '../../lib/audit';
import { sqlStore, type SqlStoreOptions } from '../../lib/stores/sql';
import { memoryUsageStore } from '../../lib/usage';
import { testAuditStore, testUsageStore } from '../support/counting-suites';
import { describeWithServer, runName, withDatabase } from '../support/servers';

/** Defines both suites on a database; `clear` empties a table. */
function testOn(options: () => SqlStoreOptions, clear: (table: string) => Promise<unknown>): void {
  testUsageStore(async () => {
    await sqlStore(options()).migrate();
    await clear('latchkey_usage');
    await clear('latchkey_usage_batches');
    return [sqlStore(options()).usage(), sqlStore(options()).usage()];
  });
  testAuditStore(async () => {
    await sqlStore(options()).migrate();
    await clear('latchkey_audit');
    return sqlStore(options()).audit();
  });
}

describe('memory', () => {
  testUsageStore(() => {
    const store = memoryUsageStore();
    return Promise.resolve([store, store]);
  });
  testAuditStore(() => Promise.resolve(memoryAuditStore()));
});

describe('SQLite', () => {
  const database = new Database(':memory:');
  afterAll(() => database.close());
  testOn(
    () => ({ sqlite: database }),
    (table) => Promise.resolve(database.prepare(`delete from ${table}`).run()),
  );
});

describeWithServer('postgres', (url) => {
  const name = runName();
  const admin = new Pool({ connectionString: url, max: 1 });
  const pool = new Pool({ connectionString: withDatabase(url, name), max: 8 });
  beforeAll(() => admin.query(`create database ${name}`));
  afterAll(async () => {
    await pool.end();
    await admin.query(`drop database ${name}`);
    await admin.end();
  });
  testOn(
    () => ({ postgres: pool }),
    (table) => pool.query(`delete from ${table}`),
  );
});

describeWithServer('mysql', (url) => {
  const name = runName();
  const admin = createPool({ uri: url, connectionLimit: 1 });
  const pool = createPool({ uri: withDatabase(url, name), connectionLimit: 8 });
  beforeAll(() => admin.query(`create database ${name}`));
  afterAll(async () => {
    await pool.end();
    await admin.query(`drop database ${name}`);
    await admin.end();
  });
  testOn(
    () => ({ mysql: pool }),
    (table) => pool.query(`delete from ${table}`),
  );
});
