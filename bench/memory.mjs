/** Bytes of heap that a cached key takes. Runs in a process of its own, with `--expose-gc`. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { apiKeys, createMany } from './contestants.mjs';
import { sqliteStore } from './sqlite-store.mjs';

const file = fileURLToPath(import.meta.url);

function heap() {
  for (let i = 0; i < 4; i += 1) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Keys in a database, so that the store itself holds none of them in the heap. */
async function bytesPerKey(count) {
  const sqlite = await sqliteStore();
  if (sqlite === null) return null;
  const tokens = (await createMany(apiKeys(sqlite.store), count)).map(({ token }) => token);
  const keys = apiKeys(sqlite.store, { maxKeys: count });
  for (const token of tokens.slice(0, 10)) await keys.verify(token);
  const before = heap();
  for (const token of tokens.slice(10)) await keys.verify(token);
  const bytes = (heap() - before) / (count - 10);
  if (keys.status().cachedKeys !== count) throw new Error('not every key is cached');
  await keys.close();
  sqlite.remove();
  return bytes;
}

/** Measures in a fresh process: bytes a key, or `null` where there is no SQLite driver. */
export async function measureMemory(count) {
  const child = fork(file, [String(count)], { execArgv: ['--expose-gc'] });
  const [bytes] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the process that measures memory ended with ${code}`);
    }),
  ]);
  child.kill();
  return bytes;
}

if (process.argv[1] === file) process.send(await bytesPerKey(Number(process.argv[2])));
