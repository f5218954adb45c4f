/** The stores that `bench/stores.mjs` measures: how each is opened, filled fast, and removed. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore } from 'latchkey';
import { redisStore } from 'latchkey/redis';
import { sqlStore } from 'latchkey/sql';
import { redisKeys } from '../dist/stores/redis/redis-keys.js';
import { RECORD_HASH, jsonOf } from '../dist/stores/redis/redis-record.js';
import { toRow } from '../dist/stores/sql/tables.js';

const require = createRequire(import.meta.url);
/** Keys that one statement or script makes. */
const CHUNK = 10_000;

const hexOf = (algorithm) => (i) => createHash(algorithm).update(String(i)).digest('hex').slice(0, 16);

/** Makes the rows in the database itself: every column from one record, and the id from the number. */
async function fillSql(run, record, from, to, { id, series }) {
  const row = toRow(record);
  const names = Object.keys(row).filter((name) => name !== 'id');
  const values = names.map((name) => {
    const value = row[name];
    if (value === null) return 'null';
    return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
  });
  for (let start = from; start < to; start += CHUNK) {
    const numbers = series(start, Math.min(start + CHUNK, to) - 1);
    await run(`insert into latchkey_keys (id, ${names}) select ${id}, ${values} from ${numbers}`);
  }
}

async function openMemory() {
  const store = memoryStore();
  const idOf = hexOf('md5');
  return {
    version: process.version,
    store,
    idOf,
    async fill(record, from, to) {
      for (let i = from; i < to; i += 1) await store.create({ ...record, id: idOf(i) });
    },
    async remove() {},
  };
}

async function openSqlite() {
  const Database = require('better-sqlite3');
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  const database = new Database(join(folder, 'keys.sqlite'));
  const store = sqlStore({ sqlite: database });
  await store.migrate();
  // Loading is not measured: it need not wait for the disk.
  database.pragma('synchronous = off');
  const idOf = hexOf('md5');
  database.function('key_id', { deterministic: true }, (i) => idOf(i));
  const series = (from, to) =>
    `(with recursive n(i) as (select ${from} union all select i + 1 from n where i < ${to}) select i from n)`;
  return {
    version: database.prepare('select sqlite_version() as version').get().version,
    store,
    idOf,
    async fill(record, from, to) {
      await fillSql((text) => database.exec(text), record, from, to, { id: 'key_id(i)', series });
    },
    async remove() {
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function withDatabase(url, name) {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

const runName = () => `latchkey_bench_${process.pid}_${randomBytes(4).toString('hex')}`;

async function openPostgres(url) {
  const { Pool } = require('pg');
  const name = runName();
  const admin = new Pool({ connectionString: url, max: 1, connectionTimeoutMillis: 2_000 });
  try {
    await admin.query(`create database ${name}`);
  } catch (error) {
    await admin.end();
    throw error;
  }
  const pool = new Pool({ connectionString: withDatabase(url, name), max: 4 });
  const store = sqlStore({ postgres: pool, preparedStatements: true });
  await store.migrate();
  const { rows } = await pool.query('show server_version');
  return {
    version: rows[0].server_version.split(' ')[0],
    store,
    idOf: hexOf('md5'),
    async fill(record, from, to) {
      await fillSql((text) => pool.query(text), record, from, to, {
        id: 'substr(md5(i::text), 1, 16)',
        series: (first, last) => `generate_series(${first}, ${last}) i`,
      });
      await pool.query('vacuum analyze latchkey_keys');
    },
    async remove() {
      await pool.end();
      await admin.query(`drop database ${name}`);
      await admin.end();
    },
  };
}

async function openMysql(url) {
  const { createPool } = require('mysql2');
  const name = runName();
  const bare = new URL(url);
  bare.pathname = '/';
  const admin = createPool({ uri: bare.href, connectionLimit: 1, connectTimeout: 2_000 });
  try {
    await admin.promise().query(`create database ${name}`);
  } catch (error) {
    await admin.promise().end();
    throw error;
  }
  const pool = createPool({ uri: withDatabase(url, name), connectionLimit: 4 });
  const store = sqlStore({ mysql: pool });
  await store.migrate();
  const [rows] = await pool.promise().query('select version() as version');
  const digits = `(${[...'0123456789'].map((digit) => `select ${digit} as d`).join(' union all ')})`;
  const places = Array.from({ length: Math.log10(CHUNK) }, (_, place) => place);
  const counted = places.map((place) => `t${place}.d * ${10 ** place}`).join(' + ');
  const tables = places.map((place) => `${digits} t${place}`).join(' cross join ');
  return {
    version: rows[0].version.split('-').slice(0, 2).join(' '),
    store,
    idOf: hexOf('md5'),
    async fill(record, from, to) {
      await fillSql((text) => pool.promise().query(text), record, from, to, {
        id: 'substr(md5(i), 1, 16)',
        series: (first, last) =>
          `(select ${first} + ${counted} as i from ${tables}) numbers where i <= ${last}`,
      });
      await pool.promise().query('analyze table latchkey_keys');
    },
    async remove() {
      await pool.promise().end();
      await admin.promise().query(`drop database ${name}`);
      await admin.promise().end();
    },
  };
}

/** Makes records in Redis itself. ARGV: first, last, JSON with the id `@id@`, prefix of records, then fields. */
const FILL = `
for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  local id = string.sub(redis.sha1hex(string.format('%d', i)), 1, 16)
  local json = string.gsub(ARGV[3], '@id@', id)
  redis.call('HSET', ARGV[4] .. id, 'json', json, unpack(ARGV, 6))
  redis.call('ZADD', KEYS[1], ARGV[5], id)
  redis.call('ZADD', KEYS[2], ARGV[5], id)
  redis.call('ZADD', KEYS[3], '+inf', id)
end`;

async function openRedis(url) {
  const { Redis } = require('ioredis');
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => {});
  await client.connect();
  const prefix = `{${runName()}}:`;
  const names = redisKeys(prefix);
  const info = await client.info('server');
  return {
    version: /redis_version:(\S+)/.exec(info)?.[1] ?? '',
    store: redisStore({ client, prefix }),
    idOf: hexOf('sha1'),
    async fill(record, from, to) {
      const fields = RECORD_HASH.filter((field) => field !== 'json');
      const sets = [names.all, names.owner(record.ownerId), names.cap(record.ownerId, record.kind)];
      for (let start = from; start < to; start += CHUNK) {
        const last = Math.min(start + CHUNK, to) - 1;
        const texts = fields.flatMap((field) => [field, String(record[field] ?? '')]);
        const json = jsonOf({ ...record, id: '@id@' });
        await client.eval(FILL, 3, ...sets, start, last, json, names.record(''), record.createdAt, ...texts);
      }
    },
    async remove() {
      let cursor = '0';
      do {
        const [next, found] = await client.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 10_000);
        if (found.length > 0) await client.unlink(...found);
        cursor = next;
      } while (cursor !== '0');
      await client.quit();
    },
  };
}

const { LATCHKEY_TEST_POSTGRES_URL, LATCHKEY_TEST_MYSQL_URL, LATCHKEY_TEST_REDIS_URL } = process.env;

/** Each store: `open()` rejects where its driver or its server is missing. */
export const TARGETS = [
  { name: 'memory', open: openMemory },
  { name: 'SQLite file', open: openSqlite },
  {
    name: 'PostgreSQL',
    open: () => openPostgres(LATCHKEY_TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/test'),
  },
  {
    name: 'MySQL/MariaDB',
    open: () => openMysql(LATCHKEY_TEST_MYSQL_URL ?? 'mysql://root@127.0.0.1:3306/test'),
  },
  { name: 'Redis', open: () => openRedis(LATCHKEY_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379') },
];
