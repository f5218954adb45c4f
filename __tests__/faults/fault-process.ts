/** Starts and asks a process of fault-worker.js. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { ApiKeysOptions } from '../../lib';

/** A key that the process created. */
export interface Created {
  readonly token: string;
  readonly id: string;
}

/** How a request was answered; `ms` is measured in the process. */
export interface Answer {
  readonly status: number;
  readonly retryAfter?: string | null;
  readonly ms: number;
}

/** What the process is told at its start. */
export interface FaultSettings {
  readonly kind: 'postgres' | 'mysql' | 'redis';
  readonly url: string;
  readonly port?: number;
  readonly options?: {
    readonly bus?: boolean;
    readonly keys?: Pick<ApiKeysOptions, 'storeTimeout' | 'staleIfError' | 'maxInFlight' | 'cache'>;
  };
}

interface Commands {
  readonly start: [undefined, undefined];
  readonly create: [{ readonly count: number; readonly expiresAt?: number }, Created[]];
  readonly get: [readonly string[], Answer[]];
  readonly verify: [readonly string[], Answer[]];
  readonly verifyEach: [readonly string[], Answer[]];
  readonly change: [
    { readonly method: 'revoke' | 'create'; readonly of: unknown },
    { outcome: string; ms: number },
  ];
  /** Waits so many ms; answers how long that took. */
  readonly timer: [number, number];
  readonly status: [undefined, { store: string; events: string[] }];
  readonly close: [undefined, { ms: number }];
}

/** A process that verifies keys while its store fails. */
export class FaultProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<string>;
  readonly #waiting = new Map<number, (message: { result?: unknown; error?: string }) => void>();
  #errors = '';
  #sent = 0;

  private constructor(settings: FaultSettings) {
    const complete = { options: {}, ...settings };
    this.#child = fork(join(__dirname, 'fault-worker.js'), [JSON.stringify(complete)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#errors += text.toString();
    });
    this.#exit = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        resolve(String(code ?? signal));
        for (const settle of this.#waiting.values()) settle({ error: `the process ended: ${this.#errors}` });
      });
    });
    this.#child.on('message', (message: { id: number; result?: unknown; error?: string }) => {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    });
  }

  /** Starts a process whose store answers. */
  static async start(settings: FaultSettings): Promise<FaultProcess> {
    const started = new FaultProcess(settings);
    await started.ask('start');
    return started;
  }

  /** Lets it do something; rejects when that fails, or when the process ends. */
  async ask<Name extends keyof Commands>(
    command: Name,
    ...[input]: Commands[Name][0] extends undefined ? [] : [Commands[Name][0]]
  ): Promise<Commands[Name][1]> {
    const id = (this.#sent += 1);
    const answered = new Promise<{ result?: unknown; error?: string }>((resolve) => {
      this.#waiting.set(id, resolve);
    });
    this.#child.send({ id, command, input });
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(error);
    return result as Commands[Name][1];
  }

  /** Closes the keys; answers how long that took and how the process ended, by itself or not. */
  async close(patience: number): Promise<{ ms: number; exit: string; errors: string }> {
    const { ms } = await this.ask('close');
    let timer: NodeJS.Timeout | undefined;
    const lingers = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, patience, 'lingers');
    });
    const exit = await Promise.race([this.#exit, lingers]);
    clearTimeout(timer);
    return { ms, exit, errors: this.#errors };
  }

  /** Ends it, whatever it does. */
  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.#exit;
  }
}
