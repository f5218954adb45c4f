/** A store on a SQLite file in a temporary folder. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqlStore } from 'latchkey/sql';

const require = createRequire(import.meta.url);

/** The store and `remove()`, which closes and deletes it; `null` where better-sqlite3 does not load. */
export async function sqliteStore() {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  let database;
  try {
    const Database = require('better-sqlite3');
    database = new Database(join(folder, 'keys.sqlite'));
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
  const store = sqlStore({ sqlite: database });
  await store.migrate();
  // Creating the keys is not measured: it need not wait for the disk.
  database.pragma('synchronous = off');
  return {
    store,
    remove() {
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}
