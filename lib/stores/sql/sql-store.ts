/** The KeyStore on a SQL database. */
import { createHash } from 'node:crypto';
import type { KeyChanges, KeyRecord } from '../../keys/key-record';
import type {
  CreateOutcome,
  KeyStore,
  LastUsed,
  ListQuery,
  RotateOutcome,
  UpdateOutcome,
} from '../key-store';
import type { AuditStore } from '../audit-store';
import type { UsageStore } from '../usage-store';
import { canBeStored, checkChanges, checkListQuery, checkRecord, isStorableText } from '../record-limits';
import { runMigrations } from './migrations/run-migrations';
import { SqlAuditStore } from './sql-audit-store';
import { SqlUsageStore } from './sql-usage-store';
import { dialectOf, parseSqlStoreOptions } from './sql-store-options';
import type { SqlStoreOptions } from './sql-store-options';
import type { Script, SqlDialect } from './sql-dialect';
import { statementsFor } from './statements';
import type { Statements } from './statements';
import { fromRow } from './tables';

/** What {@link SqlStore.migrate} did. */
export interface MigrateOutcome {
  /** The names of the migrations that ran now; empty when the tables were up to date. */
  readonly applied: string[];
}

/** A KeyStore on a SQL database. */
export interface SqlStore extends Required<KeyStore> {
  /**
   * Creates the tables, or brings them up to this version. Call it once at start, before the first key is
   * asked for; safe when several processes start at once, and while processes of an older version serve.
   *
   * @throws SqlStoreError when the database fails.
   */
  migrate(): Promise<MigrateOutcome>;

  /** Counts of what keys did, in tables beside the keys. */
  usage(): UsageStore;

  /** The record of who did what to which key, in a table beside the keys that is only appended to. */
  audit(): AuditStore;

  /** Closes the driver object if the store owns it (`ownsConnection`), else nothing. Safe to call twice. */
  close(): Promise<void>;
}

/** Sizes of a `touch` statement: few, so that the database prepares few. */
const TOUCH_SIZES = [1, 16, 256] as const;
const TOUCH_MOST = 256;

/** A number below 2^31 for an owner's keys of one kind. */
function laneOf({ ownerId, kind }: KeyRecord): number {
  return createHash('sha256').update(`${kind} ${ownerId}`).digest().readUInt32BE(0) >>> 1;
}

/** The newest entry of each id, in the order of the ids, so that two batches lock rows in the same order. */
function newestOfEach(batch: readonly LastUsed[]): LastUsed[] {
  const newest = new Map<string, LastUsed>();
  for (const used of batch) {
    if (!canBeStored(used.id)) continue;
    const known = newest.get(used.id);
    if (!known || known.lastUsedAt < used.lastUsedAt) newest.set(used.id, used);
  }
  return [...newest.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

class SqlKeyStore implements SqlStore {
  readonly #dialect: SqlDialect;
  readonly #statements: Statements;
  readonly #tablePrefix: string;
  readonly #ownsConnection: boolean;
  #closed = false;

  constructor(dialect: SqlDialect, tablePrefix: string, ownsConnection: boolean) {
    this.#dialect = dialect;
    this.#statements = statementsFor(dialect, `${tablePrefix}keys`);
    this.#tablePrefix = tablePrefix;
    this.#ownsConnection = ownsConnection;
  }

  async migrate(): Promise<MigrateOutcome> {
    return { applied: await runMigrations(this.#dialect, this.#tablePrefix) };
  }

  usage(): UsageStore {
    return new SqlUsageStore(this.#dialect, this.#tablePrefix);
  }

  audit(): AuditStore {
    return new SqlAuditStore(this.#dialect, this.#tablePrefix);
  }

  async create(
    record: KeyRecord,
    cap?: { readonly limit: number; readonly now: number },
  ): Promise<CreateOutcome> {
    checkRecord(record);
    try {
      if (cap !== undefined) return await this.#dialect.transaction(() => this.#createWithin(record, cap));
      await this.#dialect.run(this.#statements.insert(record));
      return 'created';
    } catch (error) {
      if (this.#dialect.isDuplicate(error)) return 'duplicate';
      throw error;
    }
  }

  async findById(id: string): Promise<KeyRecord | null> {
    if (!canBeStored(id)) return null;
    const { rows } = await this.#dialect.run(this.#statements.byId(id));
    return rows[0] === undefined ? null : fromRow(rows[0]);
  }

  async findByLookup(lookup: string): Promise<KeyRecord | null> {
    if (!canBeStored(lookup)) return null;
    const { rows } = await this.#dialect.run(this.#statements.byLookup(lookup));
    return rows[0] === undefined ? null : fromRow(rows[0]);
  }

  async update(id: string, version: number, changes: KeyChanges, now: number): Promise<UpdateOutcome> {
    const named = checkChanges(changes);
    if (!canBeStored(id)) return { outcome: 'not_found' };
    try {
      return await this.#dialect.transaction(() => this.#change(id, version, named, now));
    } catch (error) {
      if (!this.#dialect.isDuplicate(error)) throw error;
      const record = await this.findById(id);
      return record === null ? { outcome: 'not_found' } : { outcome: 'conflict', record };
    }
  }

  async revoke(id: string, now: number): Promise<KeyRecord | null> {
    if (!canBeStored(id)) return null;
    return this.#dialect.transaction(() => this.#revoke(id, now));
  }

  async rotate(
    id: string,
    version: number,
    changes: KeyChanges,
    successor: KeyRecord,
    now: number,
  ): Promise<RotateOutcome> {
    checkRecord(successor);
    const named = checkChanges(changes);
    if (!canBeStored(id)) return { outcome: 'not_found' };
    try {
      return await this.#dialect.transaction(() => this.#rotate(id, version, named, successor, now));
    } catch (error) {
      if (this.#dialect.isDuplicate(error)) return { outcome: 'duplicate' };
      throw error;
    }
  }

  async list(query: ListQuery): Promise<KeyRecord[]> {
    checkListQuery(query);
    const { ownerId, userId, parentId, nameContains, after } = query;
    const asked = [ownerId, userId, parentId].filter((value) => value !== undefined);
    if (query.kinds?.length === 0 || !asked.every(canBeStored)) return [];
    if (!isStorableText(nameContains ?? '') || !isStorableText(after?.id ?? '')) return [];
    const { rows } = await this.#dialect.run(this.#statements.list(query));
    return rows.map(fromRow);
  }

  async touch(batch: readonly LastUsed[]): Promise<void> {
    const newest = newestOfEach(batch);
    for (let start = 0; start < newest.length; start += TOUCH_MOST) {
      const chunk = newest.slice(start, start + TOUCH_MOST);
      const size = TOUCH_SIZES.find((fits) => fits >= chunk.length) ?? TOUCH_MOST;
      const last = chunk.at(-1);
      while (last && chunk.length < size) chunk.push(last);
      await this.#dialect.run(this.#statements.touch(chunk));
    }
  }

  async deleteExpired(before: number, limit: number): Promise<number> {
    const { affected } = await this.#dialect.run(this.#statements.deleteExpired(before, limit));
    return affected;
  }

  async ping(): Promise<void> {
    await this.#dialect.run(this.#statements.ping());
  }

  async close(): Promise<void> {
    if (this.#closed || !this.#ownsConnection) return;
    this.#closed = true;
    await this.#dialect.close();
  }

  *#createWithin(
    record: KeyRecord,
    cap: { readonly limit: number; readonly now: number },
  ): Script<CreateOutcome> {
    const lock = this.#dialect.lock(laneOf(record));
    if (lock !== null) yield lock;
    const { rows } = yield this.#statements.countLive(record.ownerId, record.kind, cap.now);
    if (Number(rows[0]?.live) >= cap.limit) return 'cap_reached';
    yield this.#statements.insert(record);
    return 'created';
  }

  *#change(id: string, version: number, changes: KeyChanges, now: number): Script<UpdateOutcome> {
    const { affected } = yield this.#statements.change(id, version, changes, now);
    const { rows } = yield this.#statements.byId(id);
    if (rows[0] === undefined) return { outcome: 'not_found' };
    return { outcome: affected === 1 ? 'updated' : 'conflict', record: fromRow(rows[0]) };
  }

  *#revoke(id: string, now: number): Script<KeyRecord | null> {
    yield this.#statements.revoke(id, now);
    const { rows } = yield this.#statements.byId(id);
    return rows[0] === undefined ? null : fromRow(rows[0]);
  }

  *#rotate(
    id: string,
    version: number,
    changes: KeyChanges,
    successor: KeyRecord,
    now: number,
  ): Script<RotateOutcome> {
    const changed = yield* this.#change(id, version, changes, now);
    if (changed.outcome !== 'updated') return changed;
    yield this.#statements.insert(successor);
    return { outcome: 'rotated', record: changed.record };
  }
}

/**
 * A KeyStore on the database that the host passes in; see {@link SqlStoreOptions}. No driver is imported
 * and no connection is opened here. Call {@link SqlStore.migrate} before the first use.
 *
 * @throws ConfigurationError when an option is unknown or wrong.
 */
export function sqlStore(options: SqlStoreOptions): SqlStore {
  const { tablePrefix, ownsConnection, database } = parseSqlStoreOptions(options);
  return new SqlKeyStore(dialectOf(database, tablePrefix), tablePrefix, ownsConnection);
}
