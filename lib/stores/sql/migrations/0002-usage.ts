/** The tables of usage: counts by key, day and dimension, and the batches that were added. */
import type { Kysely } from 'kysely';
import { RECORD_LIMITS } from '../../record-limits';
import { DIMENSION_LENGTH } from '../../usage-store';
import type { ColumnTypes, SqlDialect } from '../sql-dialect';

/** Creates what is not there yet. */
export async function createUsage(
  db: Kysely<unknown>,
  dialect: SqlDialect,
  types: ColumnTypes,
  tablePrefix: string,
): Promise<void> {
  const table = `${tablePrefix}usage`;
  const integer = types.integer as never;
  await db.schema
    .createTable(table)
    .ifNotExists()
    .addColumn('key_id', types.key(RECORD_LIMITS.id) as never, (column) => column.notNull())
    .addColumn('day', types.key(10) as never, (column) => column.notNull())
    .addColumn('dimension', types.key(DIMENSION_LENGTH) as never, (column) => column.notNull())
    .addColumn('requests', integer, (column) => column.notNull())
    .addColumn('denied', integer, (column) => column.notNull())
    .addColumn('limited', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint(`${table}_pk`, ['key_id', 'day', 'dimension'] as never)
    .modifyEnd(types.tableOptions)
    .execute();
  await dialect.createIndex(db, { name: `${table}_day`, table, columns: ['day'] });

  const batches = `${tablePrefix}usage_batches`;
  await db.schema
    .createTable(batches)
    .ifNotExists()
    .addColumn('id', types.key(64) as never, (column) => column.notNull().primaryKey())
    .addColumn('added_at', integer, (column) => column.notNull())
    .modifyEnd(types.tableOptions)
    .execute();
  await dialect.createIndex(db, { name: `${batches}_added`, table: batches, columns: ['added_at'] });
}
