/** Brings the tables of a database up to what this version of the library needs. */
import { Kysely, Migrator } from 'kysely';
import type { Migration, MigrationResultSet } from 'kysely';
import type { SqlDialect } from '../sql-dialect';
import { SqlStoreError } from '../sql-store-error';
import { createKeys } from './0001-keys';
import { createUsage } from './0002-usage';
import { createAudit } from './0003-audit';

type Step = typeof createKeys;

/**
 * In the order of their names. A step only adds (tables, columns with a default or nullable, indices), so
 * that processes of an older version go on serving, and can be repeated.
 */
const STEPS: Readonly<Record<string, Step>> = {
  '0001-keys': createKeys,
  '0002-usage': createUsage,
  '0003-audit': createAudit,
};

/** The steps of a newer version that ran here already: to this version they are done. */
async function newerSteps(
  db: Kysely<unknown>,
  table: string,
  schema: string | undefined,
): Promise<Record<string, Migration>> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  const isThere = tables.some((found) => {
    return found.name === table && (schema === undefined || found.schema === schema);
  });
  if (!isThere) return {};
  const run = await (db as Kysely<Record<string, { name: string }>>)
    .selectFrom(table)
    .select('name')
    .execute();
  const unknown = run.filter(({ name }) => !Object.hasOwn(STEPS, name));
  return Object.fromEntries(unknown.map(({ name }) => [name, { up: () => Promise.resolve() }]));
}

/**
 * Runs the steps that have not run, and answers their names. Processes that start at once wait for each
 * other; a newer version's steps are left alone.
 *
 * @throws SqlStoreError when the database fails.
 */
export async function runMigrations(dialect: SqlDialect, tablePrefix: string): Promise<string[]> {
  const types = await dialect.columnTypes();
  const schema = await dialect.currentSchema();
  const migrationTableName = `${tablePrefix}migrations`;
  const db = new Kysely<unknown>({ dialect: dialect.migrationDialect() });
  const own = Object.fromEntries(
    Object.entries(STEPS).map(([name, step]) => [
      name,
      { up: (transaction: Kysely<unknown>) => step(transaction, dialect, types, tablePrefix) },
    ]),
  );

  const migrate = async (): Promise<MigrationResultSet> => {
    const steps = { ...own, ...(await newerSteps(db, migrationTableName, schema)) };
    return new Migrator({
      db,
      provider: { getMigrations: () => Promise.resolve(steps) },
      migrationTableName,
      migrationLockTableName: `${tablePrefix}migrations_lock`,
      allowUnorderedMigrations: true,
      ...(schema === undefined ? {} : { migrationTableSchema: schema }),
    }).migrateToLatest();
  };

  try {
    let outcome = await migrate();
    // A newer version may have run its steps between the two looks.
    if (outcome.error !== undefined && outcome.results === undefined) outcome = await migrate();
    if (outcome.error !== undefined) throw new SqlStoreError(dialect.name, outcome.error);
    const done = outcome.results?.filter(({ status }) => status === 'Success') ?? [];
    return done.map(({ migrationName }) => migrationName);
  } catch (error) {
    throw error instanceof SqlStoreError ? error : new SqlStoreError(dialect.name, error);
  }
}
