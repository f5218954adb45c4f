/** Every statement of the SQL store, built once or per call, compiled for one database. */
import { sql } from 'kysely';
import type { Kysely, SelectQueryBuilder, SqlBool } from 'kysely';
import type { KeyKind } from '../../keys/kinds';
import type { KeyChanges, KeyRecord } from '../../keys/key-record';
import { foldName } from '../fold-name';
import type { LastUsed, ListQuery } from '../key-store';
import type { SqlDialect, Statement } from './sql-dialect';
import { COLUMNS, toRow } from './tables';
import type { KeyRow, Tables } from './tables';

/** The statements; each is ready to run. */
export interface Statements {
  insert(record: KeyRecord): Statement;
  byId(id: string): Statement;
  byLookup(lookup: string): Statement;
  countLive(ownerId: string, kind: KeyKind, now: number): Statement;
  /** Compare and set: finds no row unless the version is `version` and the key is not revoked. */
  change(id: string, version: number, changes: KeyChanges, now: number): Statement;
  revoke(id: string, now: number): Statement;
  list(query: ListQuery): Statement;
  touch(batch: readonly LastUsed[]): Statement;
  deleteExpired(before: number, limit: number): Statement;
  ping(): Statement;
}

type KeyQuery = SelectQueryBuilder<Tables, 'keys', object>;

/** `%`, `_` and the escape character itself stand for themselves. */
function escapeLike(text: string): string {
  return text.replace(/[%_!]/g, '!$&');
}

function inState(query: KeyQuery, state: ListQuery['state'], now: number): KeyQuery {
  if (state === 'revoked') return query.where('revoked_at', 'is not', null);
  if (state === 'expired') return query.where('expires_at', '<=', now);
  if (state === undefined) return query;
  return query
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]));
}

function selectList(query: KeyQuery, asked: ListQuery): KeyQuery {
  const { ownerId, kinds, userId, parentId, nameContains, after } = asked;
  let selected = inState(query, asked.state, asked.now);
  if (ownerId !== undefined) selected = selected.where('owner_id', '=', ownerId);
  if (kinds !== undefined) selected = selected.where('kind', 'in', kinds);
  if (userId !== undefined) selected = selected.where('user_id', '=', userId);
  if (parentId !== undefined) selected = selected.where('parent_id', '=', parentId);
  if (nameContains !== undefined) {
    const pattern = `%${escapeLike(foldName(nameContains))}%`;
    selected = selected.where(sql<SqlBool>`${sql.ref('name_folded')} like ${pattern} escape '!'`);
  }
  if (after !== undefined) {
    selected = selected.where((eb) =>
      eb.or([
        eb('created_at', '<', after.createdAt),
        eb.and([eb('created_at', '=', after.createdAt), eb('id', '<', after.id)]),
      ]),
    );
  }
  return selected.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(sql.lit(asked.limit));
}

/** The statements on the table `table`, for one database. */
export function statementsFor(dialect: SqlDialect, table: string): Statements {
  const queries: Kysely<Tables> = dialect.queries;
  // The compiler knows the table by its name without the prefix.
  const keys = table as 'keys';
  const columns: readonly (keyof KeyRow)[] = Object.values(COLUMNS);
  const byId = queries.selectFrom(keys).select(columns).where('id', '=', '').compile().sql;
  const byLookup = queries.selectFrom(keys).select(columns).where('lookup', '=', '').compile().sql;
  const integer = sql.raw(dialect.integerCast);

  return {
    insert: (record) => queries.insertInto(keys).values(toRow(record)).compile(),
    byId: (id) => ({ sql: byId, parameters: [id], name: `${table}_by_id` }),
    byLookup: (lookup) => ({ sql: byLookup, parameters: [lookup], name: `${table}_by_lookup` }),
    countLive: (ownerId, kind, now) =>
      queries
        .selectFrom(keys)
        .select((eb) => eb.fn.countAll().as('live'))
        .where('owner_id', '=', ownerId)
        .where('kind', '=', kind)
        .where('revoked_at', 'is', null)
        .where('replaced_by_id', 'is', null)
        .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
        .compile(),
    change: (id, version, changes, now) =>
      queries
        .updateTable(keys)
        .set({ ...toRow(changes), updated_at: now, version: version + 1 })
        .where('id', '=', id)
        .where('version', '=', version)
        .where('revoked_at', 'is', null)
        .compile(),
    revoke: (id, now) =>
      queries
        .updateTable(keys)
        .set({ revoked_at: now, updated_at: now, version: sql`${sql.ref('version')} + 1` })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .compile(),
    list: (query) => selectList(queries.selectFrom(keys), query).select(columns).compile(),
    touch: (batch) => {
      const newest = sql<number>`case ${sql.ref('id')} ${sql.join(
        batch.map(({ id, lastUsedAt }) => sql`when ${id} then cast(${lastUsedAt} as ${integer})`),
        sql` `,
      )} end`;
      const ids = batch.map(({ id }) => id);
      const locked = queries.selectFrom(keys).select('id').where('id', 'in', ids).orderBy('id').forUpdate();
      return queries
        .updateTable(keys)
        .set({ last_used_at: newest })
        .where('id', 'in', dialect.locksInAnyOrder ? locked : ids)
        .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', newest)]))
        .compile();
    },
    deleteExpired: (before, limit) => {
      const expired = queries
        .selectFrom(keys)
        .select('id')
        .where('expires_at', '<', before)
        .limit(sql.lit(limit));
      // MySQL takes a limit in a subquery only one level further down.
      const batch = queries.selectFrom(expired.as('expired')).select('expired.id');
      // Judged once more on the row itself: it may be given a later expiry while the statement waits for it.
      return queries.deleteFrom(keys).where('id', 'in', batch).where('expires_at', '<', before).compile();
    },
    ping: () => queries.selectFrom(keys).select('id').limit(sql.lit(1)).compile(),
  };
}
