/** Starts and asks the processes of a cluster. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

/** What the processes of a cluster share. */
export interface ClusterSettings {
  readonly postgresUrl: string;
  readonly redisUrl: string;
  readonly bus: 'redis' | 'postgres' | 'none';
  readonly channel: string;
  /** In seconds. */
  readonly ttl: number;
  readonly pepper: string;
}

/** A token that every process tries until it is refused. */
export interface Watch {
  readonly id: string;
  readonly token: string;
  /** Refused also means: may not do this any more. */
  readonly scope?: string;
  readonly facts?: { readonly origin?: string };
}

interface Answer {
  readonly type: string;
  readonly id?: string;
  readonly granted?: boolean;
  readonly admitted?: number;
  readonly at?: number;
}

/** One process. */
export class ClusterProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  readonly #early = new Map<string, Answer>();

  constructor(settings: ClusterSettings) {
    this.#child = fork(join(__dirname, 'cluster-worker.js'), [JSON.stringify(settings)]);
    this.#child.on('message', (answer: Answer) => {
      const name = `${answer.type} ${answer.id ?? ''}`;
      const waiting = this.#waiting.get(name);
      if (waiting === undefined) this.#early.set(name, answer);
      else waiting(answer);
    });
  }

  /** Resolves with the answer of this type and id. */
  answer(type: string, id = ''): Promise<Answer> {
    const name = `${type} ${id}`;
    const early = this.#early.get(name);
    if (early !== undefined) return Promise.resolve(early);
    return new Promise((resolve) => this.#waiting.set(name, resolve));
  }

  /** Sends a message. */
  send(message: { readonly type: string } & Readonly<Record<string, unknown>>): void {
    this.#child.send(message);
  }

  /** Starts to try a token; resolves once it was admitted. */
  async watch(watch: Watch): Promise<void> {
    this.send({ ...watch, type: 'watch' });
    const { granted } = await this.answer('watching', watch.id);
    if (granted !== true) throw new Error(`${watch.id} was refused before the change`);
  }

  /** Ends the process. */
  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.send({ type: 'close' });
    await gone;
  }
}
