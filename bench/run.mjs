/**
 * Compares the library with bare Express and with what one would write by hand: `npm run bench`.
 * `--smoke` checks in seconds that all of it works, without judging figures. `--json` prints numbers for
 * programs. `--rounds N` sets how often each contestant takes its turn.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { measureCold } from './cold.mjs';
import { createContestants } from './contestants.mjs';
import { measureImport } from './import-cost.mjs';
import { measureInProcess } from './in-process.mjs';
import { measureMemory } from './memory.mjs';
import { report } from './report.mjs';
import { sqliteStore } from './sqlite-store.mjs';
import { CONNECTIONS, measureThroughput } from './throughput.mjs';

const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
});
const plan = values.smoke
  ? { rounds: 2, turnMs: 15, inProcess: 5, cold: 2, bcryptKeys: 1, memory: [1_000], imports: 1 }
  : {
      rounds: 200,
      turnMs: 30,
      inProcess: 100,
      cold: 20,
      bcryptKeys: 8,
      memory: [10_000, 50_000],
      imports: 15,
    };
if (values.rounds !== undefined) plan.rounds = Number(values.rounds);

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

async function measure() {
  const sqlite = await sqliteStore();
  const { contestants, close } = await createContestants(sqlite);
  const labels = Object.fromEntries(contestants.map(({ name, label }) => [name, label]));
  const throughput = await measureThroughput(contestants, {
    ...plan,
    progress: (round) => progress(`round ${round} of ${plan.rounds}`),
  });
  await close();
  progress('in process');
  const inProcess = await measureInProcess({ rounds: plan.inProcess });
  progress('cold keys');
  const cold = await measureCold(sqlite, { rounds: plan.cold, bcryptKeys: plan.bcryptKeys });
  sqlite?.remove();
  progress('memory');
  const memory = [];
  for (const keys of plan.memory) memory.push({ keys, bytes: await measureMemory(keys) });
  progress('loading');
  const loading = measureImport({ rounds: plan.imports });
  progress('');
  return {
    node: process.version,
    cpu: cpus()[0].model,
    cores: cpus().length,
    connections: CONNECTIONS,
    rounds: plan.rounds,
    turnMs: plan.turnMs,
    throughput: Object.entries(throughput).map(([name, figures]) => ({
      name,
      label: labels[name],
      ...figures,
    })),
    inProcess,
    cold,
    memory,
    loading,
  };
}

const results = await measure();
console.log(values.json ? JSON.stringify(results, null, 2) : report(results));

// Limits beside the same app without them: a process of its own, whose counters start empty.
if (!values.json) {
  const limits = fileURLToPath(new URL('./limits.mjs', import.meta.url));
  const { status } = spawnSync(process.execPath, [limits, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
