/** Counts of what keys did, in SQL tables. */
import { sql } from 'kysely';
import type { UsageBatch, UsageQuery, UsageRow, UsageStore } from '../usage-store';
import type { Script, SqlDialect, Statement } from './sql-dialect';

/** Rows of one statement. */
const CHUNK = 200;
/** How long the id of a batch is remembered, in ms: a batch is repeated within moments, or never. */
const REMEMBERED = 86_400_000;
/** How often old ids of batches are deleted, in ms. */
const CLEAN_EVERY = 3_600_000;
const COUNTS = ['requests', 'denied', 'limited'] as const;

/** Rows in the order of their key, so that two processes lock them in the same order. */
function inKeyOrder(rows: readonly UsageRow[]): UsageRow[] {
  const name = ({ keyId, day, dimension }: UsageRow): string => `${keyId} ${day} ${dimension}`;
  return [...rows].sort((a, b) => (name(a) < name(b) ? -1 : 1));
}

/** A UsageStore beside the keys. */
export class SqlUsageStore implements UsageStore {
  readonly #dialect: SqlDialect;
  readonly #usage: 'usage';
  readonly #batches: 'usage_batches';
  #cleanAt = 0;

  constructor(dialect: SqlDialect, tablePrefix: string) {
    this.#dialect = dialect;
    // The compiler knows the tables by their names without the prefix.
    this.#usage = `${tablePrefix}usage` as 'usage';
    this.#batches = `${tablePrefix}usage_batches` as 'usage_batches';
  }

  async add(batch: UsageBatch): Promise<void> {
    try {
      await this.#dialect.transaction(() => this.#add(batch));
    } catch (error) {
      // The batch was added by an earlier attempt whose answer was lost.
      if (!this.#dialect.isDuplicate(error)) throw error;
    }
    const now = Date.now();
    if (now < this.#cleanAt) return;
    this.#cleanAt = now + CLEAN_EVERY;
    const { queries } = this.#dialect;
    await this.#dialect.run(
      queries
        .deleteFrom(this.#batches)
        .where('added_at', '<', now - REMEMBERED)
        .compile(),
    );
  }

  async read(query: UsageQuery): Promise<UsageRow[]> {
    const ids = query.keyIds === undefined ? null : [...new Set(query.keyIds)].sort();
    const rows: UsageRow[] = [];
    for (let start = 0; start < (ids?.length ?? 1); start += CHUNK) {
      const { rows: found } = await this.#dialect.run(
        this.#select(query, ids?.slice(start, start + CHUNK) ?? null),
      );
      rows.push(...found.map(toUsageRow));
    }
    return rows;
  }

  async deleteBefore(day: string): Promise<number> {
    const { queries } = this.#dialect;
    const { affected } = await this.#dialect.run(
      queries.deleteFrom(this.#usage).where('day', '<', day).compile(),
    );
    return affected;
  }

  *#add(batch: UsageBatch): Script<void> {
    const { queries } = this.#dialect;
    yield queries.insertInto(this.#batches).values({ id: batch.id, added_at: Date.now() }).compile();
    const rows = inKeyOrder(batch.rows);
    for (let start = 0; start < rows.length; start += CHUNK) {
      yield this.#addRows(rows.slice(start, start + CHUNK));
    }
  }

  #addRows(rows: readonly UsageRow[]): Statement {
    const insert = this.#dialect.queries.insertInto(this.#usage).values(
      rows.map((row) => ({
        key_id: row.keyId,
        day: row.day,
        dimension: row.dimension,
        requests: row.requests,
        denied: row.denied,
        limited: row.limited,
      })),
    );
    const table = sql.table(this.#usage);
    if (this.#dialect.onTaken === 'on_conflict') {
      const sums = COUNTS.map((count) => {
        const column = sql.ref(count);
        return [count, sql<number>`${table}.${column} + excluded.${column}`] as const;
      });
      return insert
        .onConflict((conflict) => {
          return conflict.columns(['key_id', 'day', 'dimension']).doUpdateSet(Object.fromEntries(sums));
        })
        .compile();
    }
    const sums = COUNTS.map((count) => {
      const column = sql.ref(count);
      return [count, sql<number>`${column} + values(${column})`] as const;
    });
    return insert.onDuplicateKeyUpdate(Object.fromEntries(sums)).compile();
  }

  #select(query: UsageQuery, ids: readonly string[] | null): Statement {
    let select = this.#dialect.queries
      .selectFrom(this.#usage)
      .selectAll()
      .where('day', '>=', query.from)
      .where('day', '<=', query.to)
      .where('dimension', query.rows === 'dimensions' ? '<>' : '=', '');
    if (ids !== null) select = select.where('key_id', 'in', ids);
    return select.orderBy('key_id').orderBy('day').orderBy('dimension').compile();
  }
}

function toUsageRow(row: Readonly<Record<string, unknown>>): UsageRow {
  return {
    keyId: row.key_id as string,
    day: row.day as string,
    dimension: row.dimension as string,
    requests: Number(row.requests),
    denied: Number(row.denied),
    limited: Number(row.limited),
  };
}
