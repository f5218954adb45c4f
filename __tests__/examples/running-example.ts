/** An example as a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';

export class RunningExample {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown[]>;
  #output = '';
  #onOutput: () => void = () => {};

  /** Runs a command of a shell, as npm runs the scripts of `package.json`; `node` is the one that runs the tests. */
  constructor(command: string, folder: string, env: Readonly<Record<string, string>>) {
    const PATH = `${dirname(process.execPath)}:${process.env.PATH ?? ''}`;
    this.#child = spawn('sh', ['-c', command], { cwd: folder, env: { PATH, ...env } });
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
