/** PostgreSQL through pg: what differs from the other databases. */
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresDialect,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely';
import type { Dialect, PostgresPool as KyselyPool } from 'kysely';
import { retrying } from '../retry';
import type { IndexDefinition, Script, SqlDialect, Statement, StatementResult } from '../sql-dialect';
import { SqlStoreError, hasCode } from '../sql-store-error';
import type { Tables } from '../tables';

/** What the store uses of a `pg` client. */
export interface PostgresClient {
  query(query: {
    readonly text: string;
    readonly values: unknown[];
    readonly name?: string;
  }): Promise<{ rows: unknown[]; rowCount: number | null }>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  release(destroy?: boolean): void;
}

/** What the store uses of a `pg` pool. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>;
  end(): Promise<void>;
}

const NAME = 'PostgreSQL';
/** The first half of the store's advisory locks, so that they meet no other program's. */
const LOCK_CLASS = 0x6c617463;

/** A deadlock that the server broke, or two transactions that it could not order. */
function isTransient(error: unknown): boolean {
  return hasCode(error, '40P01', '40001');
}

function isDuplicate(error: unknown): boolean {
  return hasCode(error, '23505');
}

/** Whether the server itself reported the error: the connection is then fit for further use. */
function isFromServer(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && error.severity === 'ERROR';
}

function ignore(): void {
  // A client that fails while it is ours also rejects the query, and that is where it is handled.
}

class PostgresSqlDialect implements SqlDialect {
  readonly name = NAME;
  readonly integerCast = 'bigint';
  readonly onTaken = 'on_conflict';
  readonly locksInAnyOrder = true;
  readonly queries = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  readonly isDuplicate = isDuplicate;

  readonly #pool: PostgresPool;
  readonly #prepared: boolean;

  constructor(pool: PostgresPool, prepared: boolean) {
    this.#pool = pool;
    this.#prepared = prepared;
  }

  run(statement: Statement): Promise<StatementResult> {
    return this.#attempt((client) => this.#execute(client, statement));
  }

  transaction<T>(script: () => Script<T>): Promise<T> {
    return this.#attempt(async (client) => {
      // A statement must see what the holder of the lock before it committed, whatever the pool's default.
      await this.#execute(client, { sql: 'begin isolation level read committed', parameters: [] });
      try {
        const steps = script();
        let step = steps.next();
        while (step.done !== true) step = steps.next(await this.#execute(client, step.value));
        await this.#execute(client, { sql: 'commit', parameters: [] });
        return step.value;
      } catch (error) {
        if (isFromServer(error)) await this.#execute(client, { sql: 'rollback', parameters: [] });
        throw error;
      }
    });
  }

  lock(lane: number): Statement {
    return { sql: 'select pg_advisory_xact_lock($1, $2)', parameters: [LOCK_CLASS, lane] };
  }

  migrationDialect(): Dialect {
    return new PostgresDialect({ pool: this.#pool as unknown as KyselyPool });
  }

  async currentSchema(): Promise<string | undefined> {
    const { rows } = await this.run({ sql: 'select current_schema() as name', parameters: [] });
    const name = rows[0]?.name;
    return typeof name === 'string' ? name : undefined;
  }

  columnTypes() {
    return Promise.resolve({
      key: () => sql`text collate "C"`,
      text: sql`text collate "C"`,
      integer: sql`bigint`,
      tableOptions: sql``,
    });
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
    return this.#pool.end();
  }

  async #execute(client: PostgresClient, statement: Statement): Promise<StatementResult> {
    const { sql: text, parameters, name } = statement;
    const { rows, rowCount } = await client.query({
      text,
      values: [...parameters],
      ...(this.#prepared && name !== undefined ? { name } : {}),
    });
    return { rows: rows as StatementResult['rows'], affected: rowCount ?? 0 };
  }

  async #attempt<T>(work: (client: PostgresClient) => Promise<T>): Promise<T> {
    try {
      return await retrying(() => this.#withClient(work), isTransient);
    } catch (error) {
      throw isDuplicate(error) ? error : new SqlStoreError(NAME, error);
    }
  }

  async #withClient<T>(work: (client: PostgresClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    client.on('error', ignore);
    let fit = false;
    try {
      const outcome = await work(client);
      fit = true;
      return outcome;
    } catch (error) {
      fit = isFromServer(error);
      throw error;
    } finally {
      client.off('error', ignore);
      client.release(!fit);
    }
  }
}

/** The dialect for a pool of `pg`; `prepared` lets it name the statements of the hot path. */
export function postgresDialect(pool: PostgresPool, prepared: boolean): SqlDialect {
  return new PostgresSqlDialect(pool, prepared);
}
