/** What holds for the SQL store on every database, beyond the contract of the port. */
import { inspect } from 'node:util';
import { recordFixture } from '../../lib/stores/contract';
import { sqlStore } from '../../lib/stores/sql';
import type { SqlStore, SqlStoreOptions } from '../../lib/stores/sql';
import { raceProcesses } from './race-processes';

const MIGRATIONS = ['0001-keys', '0002-usage', '0003-audit'];

/** A database under test. */
export interface SqlSuite {
  readonly kind: 'sqlite' | 'postgres' | 'mysql';
  /** The options for a connection to an empty database, and where it is for another process. */
  readonly empty: () => Promise<{ readonly options: SqlStoreOptions; readonly target: string }>;
  /** Runs statements on the connection of `options`, past the store. */
  readonly raw: (options: SqlStoreOptions, statement: string) => Promise<unknown>;
}

/** Defines the tests. */
export function testSqlStore({ kind, empty, raw }: SqlSuite): void {
  async function migrated(): Promise<{ options: SqlStoreOptions; store: SqlStore }> {
    const { options } = await empty();
    const store = sqlStore(options);
    await store.migrate();
    return { options, store };
  }

  describe('migrate', () => {
    it('says what it applied, and applies nothing twice', async () => {
      const { options } = await empty();
      const store = sqlStore(options);
      expect(await store.migrate()).toEqual({ applied: MIGRATIONS });
      expect(await store.migrate()).toEqual({ applied: [] });
      expect(await sqlStore(options).migrate()).toEqual({ applied: [] });
    });

    it('goes on where an earlier attempt stopped half-way', async () => {
      const { options, store } = await migrated();
      await store.create(recordFixture({ id: 'kept' }));
      await raw(options, 'delete from latchkey_migrations');
      await raw(options, 'delete from latchkey_locks where lane > 3');
      expect(await store.migrate()).toEqual({ applied: MIGRATIONS });
      expect(await store.findById('kept')).not.toBeNull();
      expect(await store.create(recordFixture(), { limit: 5, now: 0 })).toBe('created');
    });

    it('serves a database that a newer version migrated', async () => {
      const { options, store } = await migrated();
      await raw(options, "insert into latchkey_migrations (name, timestamp) values ('0009-newer', 'x')");
      await raw(options, 'alter table latchkey_keys add column newer varchar(10)');
      expect(await store.migrate()).toEqual({ applied: [] });
      const record = recordFixture();
      expect(await store.create(record)).toBe('created');
      expect(await store.findById(record.id)).toEqual(record);
    });

    it('keeps stores with different prefixes apart', async () => {
      const { options, store } = await migrated();
      const second = sqlStore({ ...options, tablePrefix: 'second_' });
      await second.migrate();
      await second.create(recordFixture({ id: 'only there' }));
      expect(await store.findById('only there')).toBeNull();
    });
  });

  it('keeps migrations and the cap exact between processes', async () => {
    const { options, target } = await empty();
    const done = await raceProcesses(kind, target, { processes: 3, creations: 20, limit: 25 });
    expect(done.flatMap(({ applied }) => applied)).toEqual(MIGRATIONS);
    const outcomes = done.flatMap(({ outcomes: each }) => each);
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(25);
    expect(outcomes.filter((outcome) => outcome === 'cap_reached')).toHaveLength(35);
    expect(await sqlStore(options).list({ now: 0, limit: 1000 })).toHaveLength(25);
  }, 60_000);

  it('rejects with an error that holds no value, while the tables are missing', async () => {
    const { options } = await empty();
    const store = sqlStore(options);
    const failed = store.create(recordFixture({ hash: 'hash-that-must-not-show' }));
    await expect(failed).rejects.toMatchObject({ name: 'SqlStoreError', code: expect.any(String) as string });
    const error: unknown = await failed.catch((reason: unknown) => reason);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('hash-that-must-not-show');
    await expect(store.ping()).rejects.toThrow(/latchkey_keys/);
  });

  it('leaves the connection to the host at close()', async () => {
    const { options, store } = await migrated();
    await store.close();
    await expect(sqlStore(options).ping()).resolves.toBeUndefined();
  });

  it('closes the connection once when it owns it', async () => {
    const { options } = await empty();
    const store = sqlStore({ ...options, ownsConnection: true });
    await store.migrate();
    await store.close();
    await store.close();
    await expect(store.ping()).rejects.toMatchObject({ name: 'SqlStoreError' });
  });
}
