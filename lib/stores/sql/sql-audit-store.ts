/** Audit entries in a SQL table. */
import type { AuditEntry, AuditQuery, AuditStore } from '../audit-store';
import { RECORD_LIMITS } from '../record-limits';
import type { SqlDialect, Statement } from './sql-dialect';
import type { AuditTableRow } from './tables';

/** Rows of one statement. */
const CHUNK = 100;
const MAX_WORD = 64;
/** What some database cannot keep: U+0000 and halves of surrogate pairs. */
const UNSTORABLE = /[\p{Surrogate}\0]/gu;

/** Text that fits its column: an entry is never lost because of what a client put into it. */
function fitted(text: string | null, length: number): string | null {
  return text === null ? null : text.slice(0, length).replace(UNSTORABLE, '\ufffd');
}

function toRow(entry: AuditEntry): AuditTableRow {
  return {
    id: entry.id,
    at: entry.at,
    action: entry.action,
    key_id: fitted(entry.keyId, RECORD_LIMITS.id),
    owner_id: fitted(entry.ownerId, RECORD_LIMITS.owner),
    actor_type: fitted(entry.actorType, MAX_WORD),
    actor_id: fitted(entry.actorId, RECORD_LIMITS.owner),
    address: fitted(entry.address, MAX_WORD),
    reason: fitted(entry.reason, MAX_WORD),
    details: JSON.stringify(entry.details),
  };
}

function toEntry(row: Readonly<Record<string, unknown>>): AuditEntry {
  return {
    id: row.id as string,
    at: Number(row.at),
    action: row.action as string,
    keyId: row.key_id as string | null,
    ownerId: row.owner_id as string | null,
    actorType: row.actor_type as string | null,
    actorId: row.actor_id as string | null,
    address: row.address as string | null,
    reason: row.reason as string | null,
    details: JSON.parse(row.details as string) as Record<string, unknown>,
  };
}

/** An AuditStore beside the keys. Nothing here changes or deletes a row. */
export class SqlAuditStore implements AuditStore {
  readonly #dialect: SqlDialect;
  readonly #audit: 'audit';

  constructor(dialect: SqlDialect, tablePrefix: string) {
    this.#dialect = dialect;
    this.#audit = `${tablePrefix}audit` as 'audit';
  }

  async append(entries: readonly AuditEntry[]): Promise<void> {
    const statements: Statement[] = [];
    for (let start = 0; start < entries.length; start += CHUNK) {
      statements.push(this.#insert(entries.slice(start, start + CHUNK).map(toRow)));
    }
    await this.#dialect.transaction(function* () {
      for (const statement of statements) yield statement;
    });
  }

  async read(query: AuditQuery): Promise<AuditEntry[]> {
    const { keyId, ownerId, action, from, to, after } = query;
    let select = this.#dialect.queries.selectFrom(this.#audit).selectAll();
    if (keyId !== undefined) select = select.where('key_id', '=', keyId);
    if (ownerId !== undefined) select = select.where('owner_id', '=', ownerId);
    if (action !== undefined) select = select.where('action', '=', action);
    if (from !== undefined) select = select.where('at', '>=', from);
    if (to !== undefined) select = select.where('at', '<=', to);
    if (after !== undefined) {
      select = select.where((eb) =>
        eb.or([eb('at', '<', after.at), eb.and([eb('at', '=', after.at), eb('id', '<', after.id)])]),
      );
    }
    const { rows } = await this.#dialect.run(
      select.orderBy('at', 'desc').orderBy('id', 'desc').limit(query.limit).compile(),
    );
    return rows.map(toEntry);
  }

  #insert(rows: readonly AuditTableRow[]): Statement {
    const insert = this.#dialect.queries.insertInto(this.#audit).values(rows);
    return this.#dialect.onTaken === 'on_conflict'
      ? insert.onConflict((conflict) => conflict.column('id').doNothing()).compile()
      : insert.onDuplicateKeyUpdate((eb) => ({ id: eb.ref('id') })).compile();
  }
}
