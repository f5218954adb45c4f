/** MySQL and MariaDB through mysql2: what differs from the other databases. */
import {
  DummyDriver,
  Kysely,
  MysqlAdapter,
  MysqlDialect,
  MysqlIntrospector,
  MysqlQueryCompiler,
  sql,
} from 'kysely';
import type { Dialect, MysqlPool as KyselyPool } from 'kysely';
import { ConfigurationError, shown } from '../../../errors';
import { retrying } from '../retry';
import type {
  ColumnTypes,
  IndexDefinition,
  Script,
  SqlDialect,
  Statement,
  StatementResult,
} from '../sql-dialect';
import { SqlStoreError, hasCode } from '../sql-store-error';
import { LOCK_LANES } from '../tables';
import type { Tables } from '../tables';

type Callback<T> = (error: Error | null, value: T) => void;

/** What the store uses of a `mysql2` connection. */
export interface MysqlConnection {
  execute(
    statement: string,
    parameters: (string | number | null)[],
    callback: (error: Error | null, result: unknown) => void,
  ): unknown;
  query(statement: string, callback: (error: Error | null, result: unknown) => void): unknown;
  release(): void;
  destroy(): void;
}

/** What the store uses of a `mysql2` pool. */
export interface MysqlPool {
  getConnection(callback: (error: Error | null, connection: MysqlConnection) => void): void;
  end(callback: (error: Error | null) => void): void;
}

/** What the store uses of a `mysql2/promise` pool. */
export interface MysqlPromisePool {
  readonly pool: MysqlPool;
}

const NAME = 'MySQL';
/** A unique value is taken. */
const ER_DUP_ENTRY = 1062;
/** A deadlock that the server broke; a row that changed since the transaction's snapshot (MariaDB). */
const TRANSIENT = [1213, 1020];

function isTransient(error: unknown): boolean {
  return hasCode(error, ...TRANSIENT);
}

function isDuplicate(error: unknown): boolean {
  return hasCode(error, ER_DUP_ENTRY);
}

/** Whether the server itself reported the error: the connection is then fit for further use. */
function isFromServer(error: unknown): boolean {
  return error instanceof Error && 'sqlState' in error && !('fatal' in error && error.fatal === true);
}

function promised<T>(call: (callback: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => {
      if (error) reject(error);
      else resolve(value);
    });
  });
}

/**
 * Prepared on the server, so that values never become part of the statement's text, whatever the sql_mode
 * says of backslashes.
 */
async function execute(connection: MysqlConnection, statement: Statement): Promise<StatementResult> {
  const result = await promised<unknown>((callback) => {
    connection.execute(statement.sql, statement.parameters as (string | number | null)[], callback);
  });
  if (Array.isArray(result)) return { rows: result as StatementResult['rows'], affected: 0 };
  return { rows: [], affected: (result as { readonly affectedRows: number }).affectedRows };
}

/** The collation that compares byte for byte and counts trailing spaces. */
function collationOf(version: string): string {
  return version.includes('MariaDB') ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin';
}

class MysqlSqlDialect implements SqlDialect {
  readonly name = NAME;
  readonly integerCast = 'signed';
  readonly onTaken = 'on_duplicate_key';
  readonly locksInAnyOrder = false;
  readonly queries = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new MysqlAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new MysqlIntrospector(db),
      createQueryCompiler: () => new MysqlQueryCompiler(),
    },
  });
  readonly isDuplicate = isDuplicate;

  readonly #pool: MysqlPool;
  readonly #lockSql: string;

  constructor(pool: MysqlPool, tablePrefix: string) {
    this.#pool = pool;
    const locks = `${tablePrefix}locks` as 'locks';
    this.#lockSql = this.queries
      .selectFrom(locks)
      .select('lane')
      .where('lane', '=', 0)
      .forUpdate()
      .compile().sql;
  }

  run(statement: Statement): Promise<StatementResult> {
    return this.#attempt((connection) => execute(connection, statement));
  }

  transaction<T>(script: () => Script<T>): Promise<T> {
    return this.#attempt(async (connection) => {
      await promised((callback) => connection.query('start transaction', callback));
      try {
        const steps = script();
        let step = steps.next();
        while (step.done !== true) step = steps.next(await execute(connection, step.value));
        await promised((callback) => connection.query('commit', callback));
        return step.value;
      } catch (error) {
        if (isFromServer(error)) await promised((callback) => connection.query('rollback', callback));
        throw error;
      }
    });
  }

  lock(lane: number): Statement {
    return { sql: this.#lockSql, parameters: [lane % LOCK_LANES] };
  }

  migrationDialect(): Dialect {
    return new MysqlDialect({ pool: this.#pool as unknown as KyselyPool });
  }

  currentSchema(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async columnTypes(): Promise<ColumnTypes> {
    const { rows } = await this.run({
      sql: 'select version() as version, @@character_set_client as charset',
      parameters: [],
    });
    const { version, charset } = rows[0] as { readonly version: string; readonly charset: string };
    if (charset !== 'utf8mb4') {
      throw new ConfigurationError(
        'ERR_LATCHKEY_OPTION_INVALID',
        'mysql',
        `the pool must speak utf8mb4 (the default of mysql2). Received ${shown(charset)}`,
      );
    }
    const collation = sql.raw(`character set utf8mb4 collate ${collationOf(version)}`);
    return {
      key: (length) => sql`varchar(${sql.lit(length)}) ${collation}`,
      text: sql`mediumtext ${collation}`,
      integer: sql`bigint`,
      tableOptions: sql`engine = InnoDB row_format = dynamic`,
    };
  }

  async createIndex(db: Kysely<unknown>, index: IndexDefinition): Promise<void> {
    const { rows } = await sql`
      select 1 from information_schema.statistics
      where table_schema = database() and table_name = ${index.table} and index_name = ${index.name}
      limit 1`.execute(db);
    if (rows.length > 0) return;
    const builder = db.schema
      .createIndex(index.name)
      .on(index.table)
      .columns([...index.columns]);
    await (index.unique === true ? builder.unique() : builder).execute();
  }

  close(): Promise<void> {
    return promised<undefined>((callback) => {
      this.#pool.end((error) => {
        callback(error, undefined);
      });
    });
  }

  async #attempt<T>(work: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    try {
      return await retrying(() => this.#withConnection(work), isTransient);
    } catch (error) {
      throw isDuplicate(error) ? error : new SqlStoreError(NAME, error);
    }
  }

  async #withConnection<T>(work: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    const connection = await promised<MysqlConnection>((callback) => {
      this.#pool.getConnection(callback);
    });
    let fit = false;
    try {
      const outcome = await work(connection);
      fit = true;
      return outcome;
    } catch (error) {
      fit = isFromServer(error);
      throw error;
    } finally {
      if (fit) connection.release();
      else connection.destroy();
    }
  }
}

/** The dialect for a pool of `mysql2`. */
export function mysqlDialect(pool: MysqlPool, tablePrefix: string): SqlDialect {
  return new MysqlSqlDialect(pool, tablePrefix);
}
