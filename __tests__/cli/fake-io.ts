/** A world for the command line within the test's own process. */
import { Readable } from 'node:stream';
import type { Io } from '../../lib/cli/io';
import { main } from '../../lib/cli/main';

/** What a command wrote, and the code that it ended with. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process. */
export async function runMain(
  args: readonly string[],
  { env = {}, cwd = '/', input = '', ...rest }: Partial<Io> & { readonly input?: string } = {},
): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  const code = await main(args, {
    env,
    cwd,
    stdin: Readable.from([Buffer.from(input)]),
    stdinIsTty: false,
    out: (text) => Promise.resolve(void (stdout += text)),
    err: (text) => Promise.resolve(void (stderr += text)),
    errIsTty: false,
    clock: () => Date.UTC(2027, 0, 1),
    onInterrupt: () => () => undefined,
    ...rest,
  });
  return { code, stdout, stderr };
}
