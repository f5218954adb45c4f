/** Runs one command and answers the code to end with. */
import { CommanderError } from 'commander';
import { EXIT } from './cli-error';
import type { Session } from './command-options';
import { describeError } from './describe-error';
import type { Io } from './io';
import { createProgram } from './program';
import { oneLine } from './safe-text';

/** What a program without a command is told to do. */
const HELP = ['help'];

/** Whether nobody reads standard output any more, as behind `| head`: that is no failure of the command. */
function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

/** Runs the command that the arguments name. Never rejects. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const session: Session = { io, exitCode: EXIT.ok };
  const writes: Promise<void>[] = [];
  try {
    const program = createProgram(session, writes);
    try {
      await program.parseAsync(args.length === 0 ? HELP : args, { from: 'user' });
    } finally {
      await Promise.all(writes);
    }
    return session.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (isClosedPipe(error)) return session.exitCode;
    const { message, exitCode } = describeError(error);
    await io.err(`latchkey: ${oneLine(message)}\n`);
    return exitCode;
  }
}
