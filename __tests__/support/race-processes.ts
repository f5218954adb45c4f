/** Several processes that migrate and create keys in one database at the same time. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
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
  try {
    await Promise.all(children.map(nextMessage));
    const outcomes = children.map(nextMessage);
    for (const child of children) child.send('go');
    return (await Promise.all(outcomes)) as RaceOutcome[];
  } finally {
    for (const child of children) child.kill();
  }
}

/** The next message of a process; rejects when it ends first. */
function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`a racing process ended with ${String(code)}`)));
  });
}
