/** The options of the SQL store, checked at creation. */
import { ConfigurationError, shown } from '../../errors';
import { mysqlDialect } from './dialects/mysql';
import type { MysqlPool, MysqlPromisePool } from './dialects/mysql';
import { postgresDialect } from './dialects/postgres';
import type { PostgresPool } from './dialects/postgres';
import { sqliteDialect } from './dialects/sqlite';
import type { SqliteDatabase } from './dialects/sqlite';
import type { SqlDialect } from './sql-dialect';

/** What holds for every database. */
export interface SqlStoreSettings {
  /**
   * What the names of the tables and indices start with: a lower-case letter, then up to 29 of `a-z`, `0-9`
   * and `_`. Default `latchkey_`.
   */
  readonly tablePrefix?: string;
  /** Whether `close()` closes the driver object too. Default `false`: it stays the host's. */
  readonly ownsConnection?: boolean;
}

/** A store on SQLite. */
export interface SqliteStoreOptions extends SqlStoreSettings {
  /**
   * A better-sqlite3 `Database`, best one of the store's own. The store never holds a transaction open from
   * one tick to the next, and waits for a transaction of the host's to end.
   */
  readonly sqlite: SqliteDatabase;
  /**
   * Whether to set what the promises need: `journal_mode = wal`, `synchronous = full` (an answered
   * revocation outlives a power cut) and, where it is 0, `busy_timeout`. Default `true`.
   */
  readonly pragmas?: boolean;
}

/** A store on PostgreSQL 12 or later. */
export interface PostgresStoreOptions extends SqlStoreSettings {
  /** A `Pool` of `pg`. The tables live in the first schema of its search path; the encoding must be UTF-8. */
  readonly postgres: PostgresPool;
  /**
   * Whether look-ups are prepared by name on each connection, which halves their time. Not behind a pooler
   * that hands out connections by transaction and does not carry prepared statements, such as PgBouncer
   * before 1.21. Default `false`.
   */
  readonly preparedStatements?: boolean;
}

/** A store on MySQL 8.0.17 or later, or MariaDB 10.5 or later. */
export interface MysqlStoreOptions extends SqlStoreSettings {
  /** A pool of `mysql2` or `mysql2/promise`, with its default charset `utf8mb4`. */
  readonly mysql: MysqlPool | MysqlPromisePool;
}

/** Names the database by the option that carries its driver object: exactly one of them. */
export type SqlStoreOptions = SqliteStoreOptions | PostgresStoreOptions | MysqlStoreOptions;

/** The driver object, by the name of its database. */
export type DriverChoice =
  | { readonly kind: 'sqlite'; readonly sqlite: SqliteDatabase; readonly pragmas: boolean }
  | { readonly kind: 'postgres'; readonly postgres: PostgresPool; readonly prepared: boolean }
  | { readonly kind: 'mysql'; readonly mysql: MysqlPool };

/** The complete options. */
export interface ParsedSqlStoreOptions {
  readonly tablePrefix: string;
  readonly ownsConnection: boolean;
  readonly database: DriverChoice;
}

const DATABASES = ['sqlite', 'postgres', 'mysql'] as const;
const KNOWN = ['tablePrefix', 'ownsConnection', ...DATABASES, 'pragmas', 'preparedStatements'] as const;
/** Options that one database has and the others have not. */
const BELONGS_TO = { pragmas: 'sqlite', preparedStatements: 'postgres' };
const DEFAULT_PREFIX = 'latchkey_';

function invalid(option: string, fix: string, value: unknown): ConfigurationError {
  return new ConfigurationError('ERR_LATCHKEY_OPTION_INVALID', option, `${fix}. Received ${shown(value)}`);
}

function flag(options: Readonly<Record<string, unknown>>, name: string, preset: boolean): boolean {
  const value = options[name] ?? preset;
  if (typeof value !== 'boolean') throw invalid(name, 'must be true or false', value);
  return value;
}

function has(value: unknown, ...methods: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
}

function chooseDriver(options: Readonly<Record<string, unknown>>): DriverChoice {
  const given = DATABASES.filter((name) => options[name] !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1) {
    throw new ConfigurationError(
      'ERR_LATCHKEY_OPTION_MISSING',
      'sqlStore',
      `needs exactly one of sqlite, postgres and mysql. Received ${given.join(' and ') || 'none'}`,
    );
  }
  for (const [name, database] of Object.entries(BELONGS_TO)) {
    if (kind !== database && options[name] !== undefined) {
      throw invalid(name, `goes with ${database} alone`, options[name]);
    }
  }
  const driver = options[kind];
  if (kind === 'sqlite') {
    if (!has(driver, 'prepare', 'pragma', 'close')) {
      throw invalid(kind, 'must be a Database of better-sqlite3', driver);
    }
    return { kind, sqlite: driver as SqliteDatabase, pragmas: flag(options, 'pragmas', true) };
  }
  if (kind === 'postgres') {
    if (!has(driver, 'connect', 'end', 'query')) throw invalid(kind, 'must be a Pool of pg', driver);
    return { kind, postgres: driver as PostgresPool, prepared: flag(options, 'preparedStatements', false) };
  }
  // A pool of mysql2/promise wraps the pool that takes callbacks.
  const wrapped = has(driver, 'getConnection') ? (driver as { readonly pool?: unknown }).pool : undefined;
  const pool = wrapped ?? driver;
  if (!has(pool, 'getConnection', 'end')) throw invalid(kind, 'must be a pool of mysql2', driver);
  return { kind, mysql: pool as MysqlPool };
}

/**
 * The complete options.
 *
 * @throws ConfigurationError when an option is unknown, missing or wrong.
 */
export function parseSqlStoreOptions(options: SqlStoreOptions): ParsedSqlStoreOptions {
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw invalid('sqlStore', 'takes an object of options', options);
  }
  const given = options as unknown as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given)) {
    if (!(KNOWN as readonly string[]).includes(name)) {
      throw new ConfigurationError(
        'ERR_LATCHKEY_OPTION_UNKNOWN',
        'sqlStore',
        `knows ${KNOWN.join(', ')}. Received ${shown(name)}`,
      );
    }
  }
  const tablePrefix = given.tablePrefix ?? DEFAULT_PREFIX;
  if (typeof tablePrefix !== 'string' || !/^[a-z][a-z0-9_]{0,29}$/.test(tablePrefix)) {
    throw invalid('tablePrefix', 'must be a lower-case letter and up to 29 of a-z, 0-9 and _', tablePrefix);
  }
  const ownsConnection = flag(given, 'ownsConnection', false);
  return { tablePrefix, ownsConnection, database: chooseDriver(given) };
}

/** The dialect of the chosen driver object. */
export function dialectOf(choice: DriverChoice, tablePrefix: string): SqlDialect {
  switch (choice.kind) {
    case 'sqlite':
      return sqliteDialect(choice.sqlite, choice.pragmas);
    case 'postgres':
      return postgresDialect(choice.postgres, choice.prepared);
    case 'mysql':
      return mysqlDialect(choice.mysql, tablePrefix);
  }
}
