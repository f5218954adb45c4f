/** Several processes that migrate and create keys in one database at the same time. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { CreateOutcome } from '../../lib/stores/key-store';

/** What one process did. */
export interface RaceOutcome {
  readonly applied: string[];
  readonly outcomes: CreateOutcome[];
}

/** Starts `processes` workers, lets them go together, and answers what each of them did. */
export async function raceProcesses(
  kind: 'sqlite' | 'postgres' | 'mysql',
  target: string,
  { processes, creations, limit }: { processes: number; creations: number; limit: number },
): Promise<RaceOutcome[]> {
  const worker = join(__dirname, 'race-worker.js');
  const children = Array.from({ length: processes }, () =>
    fork(worker, [kind, target, String(creations), String(limit)], { execArgv: [] }),
  );
  await Promise.all(children.map((child) => once(child, 'message')));
  const done = children.map(async (child) => {
    const exit = once(child, 'exit').then(([code]) => {
      if (code !== 0) throw new Error(`a racing process ended with ${String(code)}`);
    });
    const [outcome] = (await Promise.race([once(child, 'message'), exit.then(() => [])])) as [RaceOutcome];
    await exit;
    return outcome;
  });
  for (const child of children) child.send('go');
  return Promise.all(done);
}
