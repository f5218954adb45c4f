/** postgresLimitStore(): limits counted in PostgreSQL. */
import { invalidOption, readBoolean, readNames } from '../option-readers';
import { shown } from '../errors';
import type { LimitStore } from './limit-store';
import { UNBOUNDED, loadRateLimiterFlexible } from './load-rate-limiter-flexible';

/** A `Pool` of `pg`, or anything that runs a query as one does. */
export interface PostgresPool {
  query(query: { text: string; values?: unknown[] }): Promise<unknown>;
}

/** Options of {@link postgresLimitStore}. */
export interface PostgresLimitStoreOptions {
  /** The table of counters: a lower-case name. Default `latchkey_limits`. */
  readonly table?: string;
  /** The schema of the table. Default: the first of the search path. */
  readonly schema?: string;
  /** Whether the table is made where it is missing. Default `true`; `false` where the user may not make tables. */
  readonly createTable?: boolean;
}

/** What PostgreSQL answers when another process makes the same table at the same time. */
const MADE_MEANWHILE = new Set(['23505', '42P07']);

function readName<Fallback>(subject: string, value: unknown, fallback: Fallback): string | Fallback {
  if (value === undefined) return fallback;
  if (typeof value === 'string' && /^[a-z_][a-z0-9_]{0,47}$/.test(value)) return value;
  throw invalidOption(
    subject,
    `must be a lower-case name of at most 48 letters, digits and underscores; received ${shown(value)}.`,
  );
}

/** The statement that makes the table, for hosts that make it in a migration of their own. */
export function limitTableStatement(table = 'latchkey_limits', schema?: string): string {
  const name = schema === undefined ? `"${table}"` : `"${schema}"."${table}"`;
  return `CREATE TABLE IF NOT EXISTS ${name} (key varchar(512) PRIMARY KEY, points integer NOT NULL DEFAULT 0, expire bigint)`;
}

/**
 * Counts in PostgreSQL, exactly, for any number of processes: one statement and one round trip for each limit
 * of a request. Windows end by the clock of the process that asks: keep the clocks of the hosts together (NTP).
 * Ended counters are deleted in the background. The pool stays the host's: it is not closed here.
 * @throws ConfigurationError for an unknown option, a bad name, or what is no pool.
 */
export function postgresLimitStore(pool: PostgresPool, options: PostgresLimitStoreOptions = {}): LimitStore {
  const subject = 'postgresLimitStore options';
  readNames(subject, options, { table: true, schema: true, createTable: true });
  const table = readName(`${subject}.table`, options.table, 'latchkey_limits');
  const schema = readName(`${subject}.schema`, options.schema, undefined);
  const createTable = readBoolean(`${subject}.createTable`, options.createTable, true);
  if (typeof (pool as Partial<PostgresPool> | null | undefined)?.query !== 'function') {
    throw invalidOption('postgresLimitStore pool', `must be a Pool of pg; received ${shown(pool)}.`);
  }
  const { RateLimiterPostgres } = loadRateLimiterFlexible();
  // The table is made here, not there: there, a database that is down at the start would never be tried again.
  const limiter = new RateLimiterPostgres({
    storeClient: pool,
    storeType: 'pool',
    tableName: table,
    ...(schema === undefined ? {} : { schemaName: schema }),
    tableCreated: true,
    keyPrefix: '',
    points: UNBOUNDED,
    duration: 1,
  });

  async function makeTable(): Promise<void> {
    try {
      await pool.query({ text: limitTableStatement(table, schema) });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (!MADE_MEANWHILE.has(String(code))) throw error;
    }
  }

  let ready: Promise<void> | null = createTable ? null : Promise.resolve();

  async function prepare(): Promise<void> {
    ready ??= makeTable();
    try {
      await ready;
    } catch (error) {
      ready = null;
      throw error;
    }
  }

  return Object.freeze<LimitStore>({
    async add(counter, cost, windowSeconds) {
      await prepare();
      const state = await limiter.consume(counter, cost, { customDuration: windowSeconds });
      return { count: state.consumedPoints, endsIn: state.msBeforeNext };
    },
  });
}
