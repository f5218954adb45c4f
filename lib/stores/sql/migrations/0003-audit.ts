/** The table of audit entries. */
import type { Kysely } from 'kysely';
import { RECORD_LIMITS } from '../../record-limits';
import type { ColumnTypes, SqlDialect } from '../sql-dialect';

/** Creates what is not there yet. */
export async function createAudit(
  db: Kysely<unknown>,
  dialect: SqlDialect,
  types: ColumnTypes,
  tablePrefix: string,
): Promise<void> {
  const table = `${tablePrefix}audit`;
  const owner = types.key(RECORD_LIMITS.owner) as never;
  const word = types.key(64) as never;
  await db.schema
    .createTable(table)
    .ifNotExists()
    .addColumn('id', word, (column) => column.notNull().primaryKey())
    .addColumn('at', types.integer as never, (column) => column.notNull())
    .addColumn('action', word, (column) => column.notNull())
    .addColumn('key_id', types.key(RECORD_LIMITS.id) as never)
    .addColumn('owner_id', owner)
    .addColumn('actor_type', word)
    .addColumn('actor_id', owner)
    .addColumn('address', word)
    .addColumn('reason', word)
    .addColumn('details', types.text as never, (column) => column.notNull())
    .modifyEnd(types.tableOptions)
    .execute();
  const indices = { list: ['at', 'id'], key: ['key_id', 'at', 'id'], owner: ['owner_id', 'at', 'id'] };
  for (const [name, columns] of Object.entries(indices)) {
    await dialect.createIndex(db, { name: `${table}_${name}`, table, columns });
  }
}
