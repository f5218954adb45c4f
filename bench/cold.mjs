/** What it costs to verify a key that no cache knows. */
import { createApiKeys, memoryStore } from 'latchkey';
import { apiKeys, createMany } from './contestants.mjs';
import { summary } from './statistics.mjs';

/** Fewer keys fit into the cache than are verified in turn, so that each of them is cold. */
const CACHED = 100;
const VERIFIED = 500;

async function verifyAll(keys, tokens) {
  const start = performance.now();
  for (const token of tokens) {
    const verdict = await keys.verify(token);
    if (!verdict.granted) throw new Error(`a good key was refused: ${verdict.denial.reason}`);
  }
  return ((performance.now() - start) * 1000) / tokens.length;
}

async function withPepper(store, rounds) {
  const keys = apiKeys(store, { maxKeys: CACHED });
  const tokens = (await createMany(keys, VERIFIED)).map(({ token }) => token);
  for (let i = 0; i < 3; i += 1) await verifyAll(keys, tokens);
  const micros = [];
  for (let i = 0; i < rounds; i += 1) micros.push(await verifyAll(keys, tokens));
  return summary(micros);
}

async function withBcrypt(count) {
  const store = memoryStore();
  const created = await createMany(createApiKeys({ store }), count);
  // Another instance, whose cache knows none of them.
  const keys = createApiKeys({ store });
  const micros = [];
  for (const { token } of created) micros.push(await verifyAll(keys, [token]));
  return summary(micros);
}

/** Measures: `{ name, label, micros }` each; SQLite only where its driver loads. */
export async function measureCold(sqlite, { rounds, bcryptKeys }) {
  const results = [
    { name: 'bcrypt', label: 'bcrypt, cost 10 (no pepper), in memory', micros: await withBcrypt(bcryptKeys) },
    {
      name: 'hmac',
      label: 'HMAC-SHA-256 (pepper), in memory',
      micros: await withPepper(memoryStore(), rounds),
    },
  ];
  if (sqlite !== null) {
    const micros = await withPepper(sqlite.store, rounds);
    results.push({ name: 'sqlite', label: 'HMAC-SHA-256 (pepper), SQLite', micros });
  }
  return results;
}
