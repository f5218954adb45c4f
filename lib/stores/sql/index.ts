/** The subpath `latchkey/sql`: the KeyStore on SQLite, PostgreSQL, MySQL and MariaDB. */
export {
  postgresBus,
  type PostgresBusConnection,
  type PostgresBusOptions,
  type PostgresBusPool,
} from './postgres-bus';
export { sqlStore } from './sql-store';
export type { MigrateOutcome, SqlStore } from './sql-store';
export { SqlStoreError } from './sql-store-error';
export type {
  MysqlStoreOptions,
  PostgresStoreOptions,
  SqlStoreOptions,
  SqlStoreSettings,
  SqliteStoreOptions,
} from './sql-store-options';
export type { MysqlConnection, MysqlPool, MysqlPromisePool } from './dialects/mysql';
export type { PostgresClient, PostgresPool } from './dialects/postgres';
export type { SqliteDatabase, SqliteStatement } from './dialects/sqlite';
