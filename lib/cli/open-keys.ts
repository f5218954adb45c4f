/** Puts store, configuration and pepper together for a command. */
import { createApiKeys, type ApiKeys } from '../api-keys';
import { auditTrail } from '../audit/audit-trail';
import { storeSink } from '../audit/audit-sink';
import type { AuditStore } from '../stores/audit-store';
import type { KeyStore } from '../stores/key-store';
import type { SqlStore } from '../stores/sql';
import { hasCode } from '../stores/sql/sql-store-error';
import { CliError, usageError } from './cli-error';
import { reasonOf } from './describe-error';
import type { Io } from './io';
import { loadConfig, type CliConfig } from './load-config';
import { openStore, type OpenedStore } from './open-store';
import { PEPPER_VARIABLE, readPepper } from './read-pepper';
import { oneLine } from './safe-text';

/** The options that every command with a store has. */
export interface StoreOptions {
  readonly store?: string;
  readonly config?: string;
  readonly tablePrefix?: string;
}

/** What a command works with. */
export interface OpenedKeys {
  readonly keys: ApiKeys;
  /** Brings the tables up to date; `null` where there are none. */
  readonly migrate: OpenedStore['migrate'];
  readonly usage: OpenedStore['usage'];
  readonly config: CliConfig;
}

/** The environment variable that names the store. */
export const STORE_VARIABLE = 'LATCHKEY_STORE';
/** A person or a script waits for the answer, so the store gets the most that createApiKeys allows, in s. */
const STORE_TIMEOUT = 30;

async function storeOf(
  options: StoreOptions,
  config: CliConfig,
  io: Io,
  create: boolean,
): Promise<OpenedStore> {
  const variable = io.env[STORE_VARIABLE];
  const url = options.store ?? (variable === '' ? undefined : variable);
  if (url !== undefined) return openStore(url, { cwd: io.cwd, create, tablePrefix: options.tablePrefix });
  const { store } = config;
  if (store === undefined) {
    throw usageError(
      `Which store? Give --store sqlite:./keys.db (or postgres://, mysql://, mariadb://, redis://), or set ${STORE_VARIABLE}.`,
    );
  }
  if (options.tablePrefix !== undefined) {
    throw usageError('--table-prefix goes with a store that is given by its URL.');
  }
  return {
    store,
    migrate: 'migrate' in store ? () => (store as SqlStore).migrate() : null,
    usage: 'usage' in store ? (store as SqlStore).usage() : null,
    audit: 'audit' in store ? (store as SqlStore).audit() : null,
    close: async () => store.close?.(),
  };
}

/** What the database says where there are no tables: PostgreSQL, MySQL and MariaDB, SQLite. */
function isTableMissing(error: unknown): boolean {
  if (hasCode(error, '42P01', 'ER_NO_SUCH_TABLE')) return true;
  return error instanceof Error && error.message.includes('no such table');
}

/** Changes go to the audit table of the store; one that cannot be written is told, and undoes nothing. */
function writeDown(keys: ApiKeys, audit: AuditStore, io: Io): void {
  auditTrail(keys, { sinks: [storeSink(audit)], denied: false });
  let told = false;
  keys.on('failure', ({ task, error }) => {
    if (task !== 'audit' || told) return;
    told = true;
    void io.err(
      `latchkey: The change could not be written to the audit trail: ${oneLine(reasonOf(error))}.\n`,
    );
  });
}

async function askStore(store: KeyStore): Promise<void> {
  try {
    await store.ping?.();
  } catch (error) {
    if (isTableMissing(error)) {
      throw new CliError('The store has no tables for keys yet. Make them with: npx latchkey init');
    }
    throw new CliError(`The store cannot be asked: ${reasonOf(error)}.`);
  }
}

/**
 * Runs `work` with the keys of a store that answers, and closes them after it. With `create` the store may be
 * empty: nothing is asked before `work`.
 *
 * @throws CliError when the store, the configuration or the pepper is missing or wrong; what `work` throws
 */
export async function withKeys<T>(
  io: Io,
  options: StoreOptions,
  work: (opened: OpenedKeys) => Promise<T>,
  { create = false } = {},
): Promise<T> {
  const config = await loadConfig(options.config, io.cwd);
  const { store, migrate, usage, audit, close } = await storeOf(options, config, io, create);
  try {
    const pepper = config.pepper ?? readPepper(io.env[PEPPER_VARIABLE]);
    const keys = createApiKeys({
      ...config,
      storeTimeout: STORE_TIMEOUT,
      store,
      ...(pepper === undefined ? {} : { pepper }),
    });
    if (audit !== null) writeDown(keys, audit, io);
    try {
      if (!create) await askStore(store);
      return await work({ keys, migrate, usage, config });
    } finally {
      await keys.close();
    }
  } finally {
    await close();
  }
}
