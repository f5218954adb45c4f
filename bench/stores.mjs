/**
 * What a look-up costs in each store with 1k, 100k and 1M keys, how many store reads 1,000 parallel first uses
 * of one key cause, and what a cached key takes in memory: `npm run bench:stores`.
 * `--smoke` uses small counts and judges no time. `--most N` ends at N keys; `--only Redis` takes one store.
 */
import { randomInt } from 'node:crypto';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { apiKeys } from './contestants.mjs';
import { measureMemory } from './memory.mjs';
import { table } from './report.mjs';
import { quantile } from './statistics.mjs';
import { TARGETS } from './store-targets.mjs';

const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    most: { type: 'string', default: '1000000' },
    only: { type: 'string' },
  },
});
const plan = values.smoke
  ? { sizes: [10, 100, 1_000], lookups: 200, memory: 1_000 }
  : {
      sizes: [1_000, 100_000, 1_000_000].filter((size) => size <= Number(values.most)),
      lookups: 4_000,
      memory: 20_000,
    };
const FIRST_USES = 1_000;
/** Look-ups that are timed together. */
const ROUND = 20;
/** How much dearer the largest store may be than the smallest: a cache that it outgrows costs some, a scan far more. */
const MOST_GROWTH = 20;

/** µs of one look-up, of ids in random order, in the fastest tenth of the rounds, which nothing else disturbed. */
async function lookUp({ store, idOf }, size) {
  const rounds = [];
  for (let done = 0; done < plan.lookups; done += ROUND) {
    const ids = Array.from({ length: ROUND }, () => idOf(randomInt(size)));
    const start = performance.now();
    for (const id of ids) {
      if ((await store.findById(id)) === null) throw new Error(`the key ${id} is missing`);
    }
    rounds.push(((performance.now() - start) / ROUND) * 1_000);
  }
  return quantile(rounds, 0.1);
}

/** Reads of the store that parallel first uses of one key cause. */
async function firstUses(store) {
  const { token } = await apiKeys(store).create({ kind: 'secret', name: 'first use', scopes: ['*'] });
  let reads = 0;
  const counting = new Proxy(store, {
    get: (target, name) => {
      const value = target[name];
      if (typeof value !== 'function') return value;
      return (...args) => {
        if (name === 'findById') reads += 1;
        return value.apply(target, args);
      };
    },
  });
  const keys = apiKeys(counting);
  const verdicts = await Promise.all(Array.from({ length: FIRST_USES }, () => keys.verify(token)));
  if (!verdicts.every(({ granted }) => granted)) throw new Error('a first use was refused');
  if (reads !== 1) throw new Error(`${FIRST_USES} first uses of one key caused ${reads} reads of the store`);
  return reads;
}

async function recordOf(store) {
  const { key } = await apiKeys(store).create({
    kind: 'secret',
    name: 'a key for measuring',
    scopes: ['models:read', 'models:write'],
  });
  return store.findById(key.id);
}

const bytes = await measureMemory(plan.memory);
const titles = ['µs for an undisturbed look-up', 'version', ...plan.sizes.map((size) => `${size} keys`)];
const rows = [[...titles, 'growth', `reads of ${FIRST_USES} first uses`]];
const leftOut = bytes === null ? ['memory of a cached key: better-sqlite3 does not load'] : [];
for (const { name, open } of TARGETS) {
  if (values.only !== undefined && values.only !== name) {
    leftOut.push(`${name}: --only`);
    continue;
  }
  let target;
  try {
    target = await open();
  } catch (error) {
    leftOut.push(`${name}: ${error.message || error.code}`);
    continue;
  }
  try {
    const reads = await firstUses(target.store);
    const record = await recordOf(target.store);
    const micros = [];
    let filled = 0;
    for (const size of plan.sizes) {
      await target.fill(record, filled, size);
      filled = size;
      micros.push(await lookUp(target, size));
      process.stderr.write(`${name}, ${size} keys: ${micros.at(-1).toFixed(1)} µs\n`);
    }
    const growth = micros.at(-1) / micros[0];
    if (!values.smoke && name !== 'memory' && growth > MOST_GROWTH) {
      throw new Error(`${name}: a look-up costs ${growth.toFixed(1)} times as much in the largest store`);
    }
    const costs = micros.map((each) => each.toFixed(1));
    rows.push([name, target.version, ...costs, growth.toFixed(2), String(reads)]);
  } finally {
    await target.remove();
  }
}

console.log(
  [
    `Node ${process.version} on ${cpus()[0].model}, ${cpus().length} cores, ${new Date().toISOString().slice(0, 10)}`,
    table(rows),
    ...(bytes === null ? [] : [`memory of a cached key, ${plan.memory} keys: ${bytes.toFixed(0)} bytes`]),
    leftOut.length === 0
      ? 'left out: nothing'
      : `left out:\n${leftOut.map((each) => `  ${each}`).join('\n')}`,
  ].join('\n\n'),
);
