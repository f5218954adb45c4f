/** The table of keys with its indices, and the rows that MySQL locks. */
import type { Kysely } from 'kysely';
import { RECORD_LIMITS } from '../../record-limits';
import type { ColumnTypes, SqlDialect } from '../sql-dialect';
import { LOCK_LANES } from '../tables';

/** Creates what is not there yet: MySQL commits each statement by itself, and may have been stopped. */
export async function createKeys(
  db: Kysely<unknown>,
  dialect: SqlDialect,
  types: ColumnTypes,
  tablePrefix: string,
): Promise<void> {
  const table = `${tablePrefix}keys`;
  const id = types.key(RECORD_LIMITS.id) as never;
  const owner = types.key(RECORD_LIMITS.owner) as never;
  const text = types.text as never;
  const integer = types.integer as never;

  await db.schema
    .createTable(table)
    .ifNotExists()
    .addColumn('id', id, (column) => column.notNull().primaryKey())
    .addColumn('kind', types.key(32) as never, (column) => column.notNull())
    .addColumn('hash', types.key(RECORD_LIMITS.hash) as never, (column) => column.notNull())
    .addColumn('lookup', types.key(RECORD_LIMITS.lookup) as never)
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('name_folded', text, (column) => column.notNull())
    .addColumn('description', text, (column) => column.notNull())
    .addColumn('owner_id', owner, (column) => column.notNull())
    .addColumn('user_id', owner)
    .addColumn('scopes', text, (column) => column.notNull())
    .addColumn('level', types.key(RECORD_LIMITS.level) as never)
    .addColumn('origins', text, (column) => column.notNull())
    .addColumn('addresses', text, (column) => column.notNull())
    .addColumn('hosts', text, (column) => column.notNull())
    .addColumn('rate_limit', text)
    .addColumn('quota', text)
    .addColumn('parent_id', id)
    .addColumn('metadata', text, (column) => column.notNull())
    .addColumn('created_at', integer, (column) => column.notNull())
    .addColumn('updated_at', integer, (column) => column.notNull())
    .addColumn('expires_at', integer)
    .addColumn('disabled_at', integer)
    .addColumn('revoked_at', integer)
    .addColumn('rotated_at', integer)
    .addColumn('replaced_by_id', id)
    .addColumn('last_used_at', integer)
    .addColumn('version', integer, (column) => column.notNull())
    .modifyEnd(types.tableOptions)
    .execute();

  const indices = {
    lookup: ['lookup'],
    owner_kind: ['owner_id', 'kind'],
    owner_list: ['owner_id', 'created_at', 'id'],
    list: ['created_at', 'id'],
    parent: ['parent_id'],
    expires: ['expires_at'],
  };
  for (const [name, columns] of Object.entries(indices)) {
    await dialect.createIndex(db, { name: `${table}_${name}`, table, columns, unique: name === 'lookup' });
  }

  await createLocks(db, types, `${tablePrefix}locks`);
}

async function createLocks(
  db: Kysely<{ locks: { lane: number } }>,
  types: ColumnTypes,
  table: string,
): Promise<void> {
  await db.schema
    .createTable(table)
    .ifNotExists()
    .addColumn('lane', types.integer as never, (column) => column.notNull().primaryKey())
    .modifyEnd(types.tableOptions)
    .execute();
  const locks = table as 'locks';
  const present: { lane: unknown }[] = await db.selectFrom(locks).select('lane').execute();
  const taken = new Set(present.map(({ lane }) => Number(lane)));
  const missing = Array.from({ length: LOCK_LANES }, (_, lane) => ({ lane })).filter(
    ({ lane }) => !taken.has(lane),
  );
  if (missing.length > 0) await db.insertInto(locks).values(missing).execute();
}
