/** Opens the store that a URL names. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AuditStore } from '../stores/audit-store';
import type { KeyStore } from '../stores/key-store';
import {
  sqlStore,
  type MysqlPool,
  type PostgresPool,
  type SqliteDatabase,
  type SqlStore,
  type SqlStoreSettings,
} from '../stores/sql';
import type { UsageStore } from '../stores/usage-store';
import { CliError, usageError } from './cli-error';
import { reasonOf } from './describe-error';
import { loadDriver } from './load-driver';
import { openRedis } from './open-redis';
import { readStoreUrl, type StoreUrl } from './store-url';

/** A store and the connection behind it. */
export interface OpenedStore {
  readonly store: KeyStore;
  /** Brings the tables up to date; `null` where there are none. */
  readonly migrate: (() => Promise<{ readonly applied: readonly string[] }>) | null;
  /** What keys did, or `null` where the store keeps no usage. */
  readonly usage: UsageStore | null;
  /** Who did what to which key, or `null` where the store keeps no such record. */
  readonly audit: AuditStore | null;
  /** Closes the connection. Safe to call twice. */
  readonly close: () => Promise<void>;
}

/** How {@link openStore} goes about it. */
export interface OpenStoreOptions {
  readonly cwd: string;
  /** What the names of the tables start with. */
  readonly tablePrefix: string | undefined;
  /** Whether a SQLite file that is not there is made. */
  readonly create: boolean;
}

/** How long a server may take to take the connection, in ms. */
const CONNECT_TIMEOUT = 10_000;
/** A command asks one thing after the other; a second connection lets a transaction and a look-up meet. */
const CONNECTIONS = 2;

type SqliteConstructor = new (file: string, options: { fileMustExist: boolean }) => SqliteDatabase;
interface PgModule {
  readonly Pool: new (options: object) => PostgresPool & { on(event: 'error', listener: () => void): void };
}
interface MysqlModule {
  readonly createPool: (options: object) => MysqlPool;
}

function openSqlite(file: string, { cwd, create }: OpenStoreOptions): SqliteDatabase {
  const Database = loadDriver(['better-sqlite3'], cwd).module as SqliteConstructor;
  const path = resolve(cwd, file);
  if (!create && !existsSync(path)) {
    throw new CliError(
      `There is no database at ${path}. Make it with: npx latchkey init --store sqlite:${file}`,
    );
  }
  try {
    return new Database(path, { fileMustExist: !create });
  } catch (error) {
    throw new CliError(`The database ${path} cannot be opened: ${reasonOf(error)}.`);
  }
}

function openSql(
  url: Exclude<StoreUrl, { kind: 'redis' }>,
  settings: SqlStoreSettings,
  options: OpenStoreOptions,
): SqlStore {
  if (url.kind === 'sqlite') return sqlStore({ ...settings, sqlite: openSqlite(url.file, options) });
  if (url.kind === 'postgres') {
    const { Pool } = loadDriver(['pg'], options.cwd).module as PgModule;
    const pool = new Pool({
      connectionString: url.url,
      max: CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
    });
    // A connection that breaks while it is idle is reported here; the next statement tells of it anyway.
    pool.on('error', () => undefined);
    return sqlStore({ ...settings, postgres: pool });
  }
  const { createPool } = loadDriver(['mysql2'], options.cwd).module as MysqlModule;
  const pool = createPool({ uri: url.url, connectionLimit: CONNECTIONS, connectTimeout: CONNECT_TIMEOUT });
  return sqlStore({ ...settings, mysql: pool });
}

/**
 * Opens a store.
 *
 * @throws CliError for a URL that cannot be read, a missing driver, a file or server that cannot be reached
 */
export async function openStore(text: string, options: OpenStoreOptions): Promise<OpenedStore> {
  const url = readStoreUrl(text);
  const { tablePrefix } = options;
  if (url.kind === 'redis') {
    if (tablePrefix !== undefined) throw usageError('--table-prefix goes with SQL stores alone.');
    return {
      ...(await openRedis(url.url, options.cwd, CONNECT_TIMEOUT)),
      migrate: null,
      usage: null,
      audit: null,
    };
  }
  const store = openSql(
    url,
    { ownsConnection: true, ...(tablePrefix === undefined ? {} : { tablePrefix }) },
    options,
  );
  return {
    store,
    migrate: () => store.migrate(),
    usage: store.usage(),
    audit: store.audit(),
    close: () => store.close(),
  };
}
