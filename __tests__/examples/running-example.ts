/** An example as a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export class RunningExample {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown[]>;
  #output = '';
  #onOutput: () => void = () => {};

  constructor(script: string, folder: string, env: Readonly<Record<string, string>>) {
    const { PATH = '' } = process.env;
    this.#child = spawn(process.execPath, [script], { cwd: folder, env: { PATH, ...env } });
    this.#exit = once(this.#child, 'close');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        this.#onOutput();
      });
    }
  }

  /** What was printed so far, on both outputs. */
  get output(): string {
    return this.#output;
  }

  /** Resolves to the match as soon as the output has it; rejects when the process ends without it. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    let ended = false;
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match) return match;
      if (ended) throw new Error(`ended without ${String(pattern)}: ${this.#output}`);
      const more = new Promise<boolean>((resolve) => {
        this.#onOutput = () => {
          resolve(false);
        };
      });
      ended = await Promise.race([more, this.#exit.then(() => true)]);
    }
  }

  /** Sends a signal, and resolves to how the process ended. */
  stop(signal: NodeJS.Signals): Promise<{ code: unknown; signal: unknown }> {
    this.#child.kill(signal);
    return this.ended();
  }

  /** Resolves to how the process ended. */
  async ended(): Promise<{ code: unknown; signal: unknown }> {
    const [code, signal] = await this.#exit;
    return { code, signal };
  }
}
