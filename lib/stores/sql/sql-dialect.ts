/** What a database must bring to carry the SQL store: everything in which databases differ. */
import type { Dialect, Kysely, RawBuilder } from 'kysely';
import type { Tables } from './tables';

/** One statement, compiled. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** Given to statements that are asked often and always with the same text: worth preparing by name. */
  readonly name?: string;
}

/** What the database answered to one statement. */
export interface StatementResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Rows that an `update`, `insert` or `delete` found. */
  readonly affected: number;
}

/**
 * The statements of one transaction: each is yielded, its result comes back. A generator rather than an
 * async function, because SQLite must run all of it within one tick: its connection is the host's too, and
 * whatever the host ran between two ticks would land in our transaction.
 */
export type Script<T> = Generator<Statement, T, StatementResult>;

/** Column types, and the words around them, as this database writes them. */
export interface ColumnTypes {
  /** Text of at most `length` characters that is compared and ordered byte for byte, and can be indexed. */
  readonly key: (length: number) => RawBuilder<unknown>;
  /** Text of any length up to the record limits. */
  readonly text: RawBuilder<unknown>;
  /** A whole number up to 2^53. */
  readonly integer: RawBuilder<unknown>;
  /** What follows the column list of `create table`. */
  readonly tableOptions: RawBuilder<unknown>;
}

/** An index of a table, for {@link SqlDialect.createIndex}. */
export interface IndexDefinition {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly unique?: boolean;
}

/** One database behind the SQL store. */
export interface SqlDialect {
  /** The name that messages use. */
  readonly name: string;
  /** Builds and compiles statements; runs none. */
  readonly queries: Kysely<Tables>;
  /** The type that `cast(x as …)` takes for a whole number. */
  readonly integerCast: string;

  /** How an insert says what to do with a row whose key is taken. */
  readonly onTaken: 'on_conflict' | 'on_duplicate_key';

  /**
   * Whether an update of several rows may lock them in any order, so that two of them deadlock unless the
   * rows are locked in the order of their ids first.
   */
  readonly locksInAnyOrder: boolean;

  /** Runs one statement. Rejects with a {@link SqlStoreError}, or with the driver's duplicate error. */
  run(statement: Statement): Promise<StatementResult>;

  /** Runs a script as one transaction: all of it, or nothing when a statement fails. */
  transaction<T>(script: () => Script<T>): Promise<T>;

  /** A statement that holds off every other transaction with the same `lane`, or `null` if none is needed. */
  lock(lane: number): Statement | null;

  /** Whether an error says that a unique value is taken. */
  isDuplicate(error: unknown): boolean;

  /** The Kysely dialect that migrations run on. */
  migrationDialect(): Dialect;

  /** The schema that the migration tables are looked for in, where the database has such a thing. */
  currentSchema(): Promise<string | undefined>;

  /** How columns are declared here. Asks the database where that depends on its version. */
  columnTypes(): Promise<ColumnTypes>;

  /** Creates an index unless it is there. */
  createIndex(db: Kysely<unknown>, index: IndexDefinition): Promise<void>;

  /** Closes the driver object that the host passed in. */
  close(): Promise<void>;
}
