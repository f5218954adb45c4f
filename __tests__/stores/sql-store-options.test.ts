/** The options of the SQL store are checked at creation, by message and code. */
import Database from 'better-sqlite3';
import { ConfigurationError } from '../../lib/errors';
import { sqlStore } from '../../lib/stores/sql';
import type { SqlStoreOptions } from '../../lib/stores/sql';

const database = new Database(':memory:');
const pool = { connect: () => undefined, end: () => undefined, query: () => undefined };

afterAll(() => {
  database.close();
});

it.each<[string, unknown, string]>([
  ['OPTION_INVALID', undefined, 'sqlStore: takes an object of options. Received undefined'],
  ['OPTION_MISSING', {}, 'sqlStore: needs exactly one of sqlite, postgres and mysql. Received none'],
  [
    'OPTION_MISSING',
    { sqlite: database, mysql: {} },
    'sqlStore: needs exactly one of sqlite, postgres and mysql. Received sqlite and mysql',
  ],
  [
    'OPTION_UNKNOWN',
    { sqlite: database, prefix: 'x_' },
    'sqlStore: knows tablePrefix, ownsConnection, sqlite, postgres, mysql, pragmas, preparedStatements. Received "prefix"',
  ],
  [
    'OPTION_INVALID',
    { sqlite: 'file.db' },
    'sqlite: must be a Database of better-sqlite3. Received "file.db"',
  ],
  ['OPTION_INVALID', { postgres: database }, 'postgres: must be a Pool of pg. Received an object'],
  ['OPTION_INVALID', { mysql: pool }, 'mysql: must be a pool of mysql2. Received an object'],
  ['OPTION_INVALID', { postgres: pool, pragmas: true }, 'pragmas: goes with sqlite alone. Received true'],
  [
    'OPTION_INVALID',
    { sqlite: database, preparedStatements: true },
    'preparedStatements: goes with postgres alone. Received true',
  ],
  ['OPTION_INVALID', { sqlite: database, pragmas: 1 }, 'pragmas: must be true or false. Received 1'],
  [
    'OPTION_INVALID',
    { sqlite: database, ownsConnection: 'yes' },
    'ownsConnection: must be true or false. Received "yes"',
  ],
  ...['', 'Keys_', '1_', 'x'.repeat(31), 'a"; drop table x; --', 7].map(
    (tablePrefix): [string, unknown, string] => [
      'OPTION_INVALID',
      { sqlite: database, tablePrefix },
      'tablePrefix: must be a lower-case letter and up to 29 of a-z, 0-9 and _. Received ',
    ],
  ),
])('%s for %o', (code, options, message) => {
  const create = () => sqlStore(options as SqlStoreOptions);
  expect(create).toThrow(ConfigurationError);
  expect(create).toThrow(expect.objectContaining({ code: `ERR_LATCHKEY_${code}` }) as Error);
  expect(create).toThrow(message);
});

it('takes a prefix of its own', async () => {
  const store = sqlStore({ sqlite: database, tablePrefix: 'a2_' });
  await store.migrate();
  const tables = database
    .prepare("select name from sqlite_master where type = 'table' order by name")
    .pluck();
  expect(tables.all()).toContain('a2_keys');
  expect(tables.all().filter((name) => !String(name).startsWith('a2_'))).toEqual([]);
});
