/** SQLite through better-sqlite3: what differs from the other databases. */
import {
  CompiledQuery,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import type { DatabaseConnection, Dialect } from 'kysely';
import { LRUCache } from 'lru-cache';
import { retrying } from '../retry';
import type { IndexDefinition, Script, SqlDialect, Statement, StatementResult } from '../sql-dialect';
import { SqlStoreError, hasCode } from '../sql-store-error';
import type { Tables } from '../tables';

/** What the store uses of a better-sqlite3 statement. */
export interface SqliteStatement {
  readonly reader: boolean;
  all(...parameters: unknown[]): unknown[];
  run(...parameters: unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  iterate(...parameters: unknown[]): IterableIterator<unknown>;
}

/** What the store uses of a better-sqlite3 `Database`. */
export interface SqliteDatabase {
  readonly inTransaction: boolean;
  readonly memory: boolean;
  readonly readonly: boolean;
  prepare(source: string): SqliteStatement;
  pragma(source: string, options: { simple: true }): unknown;
  close(): unknown;
}

const NAME = 'SQLite';
/** Set where the host switched waiting off, in ms. */
const BUSY_TIMEOUT = 1000;
/** Prepared statements that are kept. */
const PREPARED = 100;

/** The host left its transaction open; it ends with the host's present call. */
class HostTransactionError extends Error {
  override readonly name = 'HostTransactionError';
  readonly code = 'LATCHKEY_HOST_TRANSACTION';
}

function isTransient(error: unknown): boolean {
  return hasCode(
    error,
    'SQLITE_BUSY',
    'SQLITE_BUSY_SNAPSHOT',
    'SQLITE_BUSY_RECOVERY',
    'SQLITE_LOCKED',
    'LATCHKEY_HOST_TRANSACTION',
  );
}

function isDuplicate(error: unknown): boolean {
  return hasCode(error, 'SQLITE_CONSTRAINT_PRIMARYKEY', 'SQLITE_CONSTRAINT_UNIQUE');
}

/** Takes the write lock first, so that a second process waits instead of failing half-way. */
class ImmediateSqliteDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

/** SQLite does roll DDL back; Kysely leaves that unused, and two processes would run one migration twice. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class MigrationSqliteDialect extends SqliteDialect {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    super({ database });
    this.#database = database;
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalSqliteAdapter();
  }

  override createDriver(): SqliteDriver {
    return new ImmediateSqliteDriver({ database: this.#database });
  }
}

/**
 * Settings of the connection that the promises of the store need: WAL, so that readers and the writer do
 * not wait for each other; full synchronisation, so that an answered revocation outlives a power cut;
 * waiting for a lock instead of failing at once.
 */
function setPragmas(database: SqliteDatabase): void {
  const read = (name: string) => database.pragma(name, { simple: true });
  if (Number(read('busy_timeout')) === 0)
    database.pragma(`busy_timeout = ${String(BUSY_TIMEOUT)}`, { simple: true });
  if (database.memory || database.readonly) return;
  if (read('journal_mode') !== 'wal') database.pragma('journal_mode = wal', { simple: true });
  if (Number(read('synchronous')) < 2) database.pragma('synchronous = full', { simple: true });
}

class SqliteSqlDialect implements SqlDialect {
  readonly name = NAME;
  readonly integerCast = 'integer';
  readonly onTaken = 'on_conflict';
  readonly locksInAnyOrder = false;
  readonly queries = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  readonly isDuplicate = isDuplicate;

  readonly #database: SqliteDatabase;
  readonly #prepared = new LRUCache<string, SqliteStatement>({ max: PREPARED });

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  run(statement: Statement): Promise<StatementResult> {
    return this.#attempt(() => {
      const prepared = this.#prepare(statement.sql);
      if (!prepared.reader) this.#refuseHostTransaction();
      return this.#execute(prepared, statement.parameters);
    });
  }

  transaction<T>(script: () => Script<T>): Promise<T> {
    return this.#attempt(() => {
      this.#refuseHostTransaction();
      this.#prepare('begin immediate').run();
      try {
        const steps = script();
        let step = steps.next({ rows: [], affected: 0 });
        while (step.done !== true) {
          step = steps.next(this.#execute(this.#prepare(step.value.sql), step.value.parameters));
        }
        this.#prepare('commit').run();
        return step.value;
      } finally {
        if (this.#database.inTransaction) this.#prepare('rollback').run();
      }
    });
  }

  lock(): null {
    return null;
  }

  migrationDialect(): Dialect {
    return new MigrationSqliteDialect(this.#database);
  }

  currentSchema(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  columnTypes() {
    const text = sql`text`;
    return Promise.resolve({ key: () => text, text, integer: sql`integer`, tableOptions: sql`` });
  }

  async createIndex(db: Kysely<unknown>, index: IndexDefinition): Promise<void> {
    const builder = db.schema
      .createIndex(index.name)
      .ifNotExists()
      .on(index.table)
      .columns([...index.columns]);
    await (index.unique === true ? builder.unique() : builder).execute();
  }

  close(): Promise<void> {
    this.#database.close();
    return Promise.resolve();
  }

  #prepare(source: string): SqliteStatement {
    const known = this.#prepared.get(source);
    if (known) return known;
    const prepared = this.#database.prepare(source);
    this.#prepared.set(source, prepared);
    return prepared;
  }

  #execute(prepared: SqliteStatement, parameters: readonly unknown[]): StatementResult {
    if (prepared.reader) {
      return { rows: prepared.all(...parameters) as StatementResult['rows'], affected: 0 };
    }
    return { rows: [], affected: Number(prepared.run(...parameters).changes) };
  }

  #refuseHostTransaction(): void {
    if (this.#database.inTransaction) {
      throw new HostTransactionError('the host left a transaction open on the database object');
    }
  }

  async #attempt<T>(work: () => T): Promise<T> {
    try {
      return work();
    } catch (error) {
      if (isDuplicate(error)) throw error;
      if (!isTransient(error)) throw new SqlStoreError(NAME, error);
    }
    try {
      return await retrying(work, isTransient);
    } catch (error) {
      throw isDuplicate(error) ? error : new SqlStoreError(NAME, error);
    }
  }
}

/**
 * The dialect for a better-sqlite3 database object. `pragmas: false` leaves the settings of the connection
 * to the host.
 */
export function sqliteDialect(database: SqliteDatabase, pragmas: boolean): SqlDialect {
  if (pragmas) setPragmas(database);
  return new SqliteSqlDialect(database);
}
