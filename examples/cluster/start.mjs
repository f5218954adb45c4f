/** Starts the cluster: brings the tables up to date, starts the processes, and creates a key to try. */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createApiKeys } from 'latchkey';
import { sqlStore } from 'latchkey/sql';
import pg from 'pg';

const environment = {
  ...process.env,
  DATABASE_URL: process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres',
  REDIS_URL: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379',
  // Every process must have the same one. A new one at each start is for trying alone: it ends all keys.
  LATCHKEY_PEPPER: process.env.LATCHKEY_PEPPER ?? randomBytes(32).toString('hex'),
};
const count = Number(process.env.PROCESSES ?? 4);
const firstPort = Number(process.env.PORT ?? 3100);

const pool = new pg.Pool({ connectionString: environment.DATABASE_URL, max: 1 });
const store = sqlStore({ postgres: pool });
await store.migrate();
const keys = createApiKeys({ store, pepper: environment.LATCHKEY_PEPPER });
const { token } = await keys.create({ kind: 'secret', name: 'cluster example', ownerId: 'cluster-example' });
await keys.close();
await pool.end();

const worker = fileURLToPath(new URL('./server.mjs', import.meta.url));
let stopping = false;
const children = new Map();

/** Starts the process for a port, and again when it ends. */
function start(port) {
  const child = fork(worker, { env: { ...environment, PORT: String(port) } });
  children.set(port, child);
  let served = false;
  child.once('message', () => (served = true));
  child.on('exit', () => {
    if (stopping) return;
    // A process that could not even start would not start the next time either.
    if (served) setTimeout(() => start(port), 500);
    else process.exit(1);
  });
  return once(child, 'message');
}

const ports = Array.from({ length: count }, (_, i) => firstPort + i);
await Promise.all(ports.map(start));

console.log(`${count} processes on the ports ${ports.join(', ')}\n`);
console.log(`KEY=${token}\n`);
console.log(`curl -H "X-API-Key: $KEY" http://127.0.0.1:${ports[0]}/things            # 200`);
console.log(
  `curl -H "X-API-Key: $KEY" http://127.0.0.1:${ports.at(-1)}/things            # 200, another process`,
);
console.log(`curl -X DELETE -H "X-API-Key: $KEY" http://127.0.0.1:${ports[0]}/my-key  # revokes the key`);
console.log(`curl -H "X-API-Key: $KEY" http://127.0.0.1:${ports.at(-1)}/things            # 401, at once`);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    stopping = true;
    const gone = [...children.values()].map((child) => once(child, 'exit'));
    for (const child of children.values()) child.kill('SIGTERM');
    await Promise.all(gone);
  });
}
