/** The SQL store on SQLite keeps the contract, and leaves its host's transactions alone. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { recordFixture, testKeyStore } from '../../lib/stores/contract';
import { sqlStore } from '../../lib/stores/sql';
import type { SqlStoreOptions } from '../../lib/stores/sql';
import { testSqlStore } from '../support/sql-suite';

const folder = mkdtempSync(join(tmpdir(), 'latchkey-sqlite-'));
const opened: Database.Database[] = [];
let files = 0;

function newFile(): string {
  files += 1;
  return join(folder, `${String(files)}.db`);
}

function open(file: string, options: Database.Options = {}): Database.Database {
  const database = new Database(file, options);
  opened.push(database);
  return database;
}

async function storeOn(database: Database.Database) {
  const store = sqlStore({ sqlite: database });
  await store.migrate();
  return store;
}

afterAll(() => {
  for (const database of opened) database.close();
  rmSync(folder, { recursive: true });
});

let file = '';
testKeyStore({
  name: 'SQLite, two connections to one file',
  create: () => {
    file = newFile();
    return storeOn(open(file));
  },
  reopen: () => sqlStore({ sqlite: open(file) }),
  // The bytes of the file and of its write-ahead log: whatever is stored anywhere is in them.
  rawRows: () =>
    [file, `${file}-wal`].map((path) => (existsSync(path) ? readFileSync(path, 'utf8') : '')).join('\n'),
});

testKeyStore({ name: 'SQLite in memory', create: () => storeOn(open(':memory:')) });

testSqlStore({
  kind: 'sqlite',
  empty: () => {
    const target = newFile();
    return Promise.resolve({ options: { sqlite: open(target) }, target });
  },
  raw: (options: SqlStoreOptions, statement) => {
    if ('sqlite' in options) options.sqlite.prepare(statement).run();
    return Promise.resolve();
  },
});

describe('the connection', () => {
  const settings = (database: Database.Database) =>
    ['journal_mode', 'synchronous', 'busy_timeout'].map((name) => database.pragma(name, { simple: true }));

  it.each([
    ['sets what the promises need', {}, undefined, ['wal', 2, 5000]],
    ['waits for a lock where the host switched waiting off', { timeout: 0 }, undefined, ['wal', 2, 1000]],
    ['leaves a time-out of the host', { timeout: 77 }, undefined, ['wal', 2, 77]],
    ['leaves everything with pragmas: false', { timeout: 0 }, false, ['delete', 2, 0]],
  ] as const)('%s', (_, driver, pragmas, expected) => {
    const database = open(newFile(), driver);
    sqlStore({ sqlite: database, ...(pragmas === undefined ? {} : { pragmas }) });
    expect(settings(database)).toEqual(expected);
  });

  it('synchronises fully in a file that is in WAL mode already', () => {
    const path = newFile();
    open(path).pragma('journal_mode = wal');
    const database = open(path);
    sqlStore({ sqlite: database });
    expect(settings(database)).toEqual(['wal', 2, 5000]);
  });

  it('reads numbers where the host asked for bigints', async () => {
    const database = open(':memory:');
    database.defaultSafeIntegers(true);
    const store = await storeOn(database);
    const record = recordFixture({ lastUsedAt: 7 });
    expect(await store.create(record, { limit: 1, now: 0 })).toBe('created');
    expect(await store.findById(record.id)).toEqual(record);
  });
});

describe("the host's transactions on the same connection", () => {
  it('a roll-back of the host takes no write of the store with it', async () => {
    const database = open(newFile());
    const store = await storeOn(database);
    database.exec('create table host (x)');
    const { id } = recordFixture();
    let created: Promise<unknown> | undefined;
    const hostWork = database.transaction(() => {
      database.prepare('insert into host values (1)').run();
      created = store.create(recordFixture({ id }));
      throw new Error('the host changes its mind');
    });
    expect(hostWork).toThrow('changes its mind');
    expect(await created).toBe('created');
    expect(await store.findById(id)).not.toBeNull();
    expect(database.prepare('select * from host').all()).toEqual([]);
  });

  it('a transaction of the store holds no tick: the host never lands in it', async () => {
    const database = open(newFile());
    const store = await storeOn(database);
    const record = recordFixture();
    const pending = [
      store.create(record, { limit: 5, now: 0 }),
      store.update(record.id, 1, { name: 'x' }, 1),
      store.rotate(record.id, 2, {}, recordFixture(), 2),
      store.revoke(record.id, 3),
    ];
    expect(database.inTransaction).toBe(false);
    expect(await Promise.all(pending)).toMatchObject([
      'created',
      { outcome: 'updated' },
      { outcome: 'rotated' },
      { revokedAt: 3 },
    ]);
  });

  it('gives up when the host never ends its transaction', async () => {
    const database = open(newFile());
    const store = await storeOn(database);
    database.exec('begin');
    await expect(store.revoke('x', 1)).rejects.toThrow('SQLite: the host left a transaction open');
    database.exec('rollback');
  });
});

it('waits for a lock that another connection holds, without holding the process', async () => {
  const path = newFile();
  const store = await storeOn(open(path, { timeout: 1 }));
  const other = open(path);
  other.exec('begin immediate');
  const created = store.create(recordFixture({ id: 'late' }));
  await new Promise((resolve) => setImmediate(resolve));
  other.exec('commit');
  expect(await created).toBe('created');
});
