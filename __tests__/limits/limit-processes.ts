/** Several processes that serve one key under limits in one store. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createApiKeys, memoryStore, type CreateKeyInput, type KeyRecord } from '../../lib';

const PEPPER = 'a pepper of more than thirty-two characters';

/** Processes that serve; `written` is what they wrote to standard error. */
export interface LimitProcesses {
  readonly urls: readonly string[];
  readonly token: string;
  written(): string;
  stop(): void;
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => {
      reject(new Error(`a process ended with ${String(code)}`));
    });
  });
}

async function createKey(input: Partial<CreateKeyInput>): Promise<{ token: string; record: KeyRecord }> {
  const store = memoryStore();
  const { token, key } = await createApiKeys({ store, pepper: PEPPER }).create({
    kind: 'secret',
    name: 'Shared',
    ...input,
  });
  return { token, record: (await store.findById(key.id)) as KeyRecord };
}

/** Starts `count` processes with a limit of 10 for the key, in the store `kind` at `url`. */
export async function startLimitProcesses(
  kind: 'ioredis' | 'redis' | 'pg',
  url: string,
  name: string,
  count: number,
  input: Partial<CreateKeyInput> = {},
): Promise<LimitProcesses> {
  const { token, record } = await createKey(input);
  let written = '';
  const children = Array.from({ length: count }, () => {
    const child = fork(join(__dirname, 'limit-worker.js'), [kind, url, name], { execArgv: [], silent: true });
    child.stderr?.on('data', (chunk: Buffer) => (written += chunk.toString()));
    return child;
  });
  const stop = (): void => {
    for (const child of children) child.kill();
  };
  try {
    await Promise.all(children.map(nextMessage));
    const ports = children.map(nextMessage) as Promise<{ port: number }>[];
    for (const child of children) child.send({ record, pepper: PEPPER });
    const urls = (await Promise.all(ports)).map(({ port }) => `http://127.0.0.1:${String(port)}/`);
    return { urls, token, written: () => written, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

/** Sends `count` requests at once, in turn to each process, and answers how many had each status. */
export async function flood(
  { urls, token }: LimitProcesses,
  count: number,
): Promise<Partial<Record<number, number>>> {
  const statuses = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const url = urls[i % urls.length] as string;
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      await response.arrayBuffer();
      return response.status;
    }),
  );
  const counts: Partial<Record<number, number>> = {};
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
