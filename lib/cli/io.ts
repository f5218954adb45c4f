/** The world outside the command line: streams, environment, clock, Ctrl-C. */
import type { Readable } from 'node:stream';

/** What commands see of the process. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder in which the command was called. */
  readonly cwd: string;
  readonly stdin: Readable;
  readonly stdinIsTty: boolean;
  /** Writes to standard output. Rejects when nobody reads any more (`EPIPE`). */
  readonly out: (text: string) => Promise<void>;
  /** Writes to standard error; what nobody reads is lost. */
  readonly err: (text: string) => Promise<void>;
  readonly errIsTty: boolean;
  /** The present in ms since the epoch. */
  readonly clock: () => number;
  /** Calls back at the first Ctrl-C instead of ending the process; the next one ends it. Answers how to stop. */
  readonly onInterrupt: (listener: () => void) => () => void;
}

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** This process. */
export function processIo(): Io {
  const { stdin, stdout, stderr } = process;
  // A closed pipe is also reported here, and an unheard 'error' would end the process with a stack trace.
  const ignore = (): void => undefined;
  stdout.on('error', ignore);
  stderr.on('error', ignore);
  return {
    env: process.env,
    cwd: process.cwd(),
    stdin,
    stdinIsTty: stdin.isTTY,
    out: (text) => write(stdout, text),
    err: (text) => write(stderr, text).catch(ignore),
    errIsTty: stderr.isTTY,
    clock: Date.now,
    onInterrupt: (listener) => {
      process.once('SIGINT', listener);
      return () => {
        process.off('SIGINT', listener);
      };
    },
  };
}
