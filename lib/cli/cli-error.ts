/** What a command ends with when it cannot do what it was asked. */

/** The codes that the process ends with. */
export const EXIT = {
  ok: 0,
  /** It was tried and failed, or was refused. */
  failed: 1,
  /** The command was called in a way that it cannot be. */
  usage: 2,
  /** Ended by Ctrl-C, as shells count it: 128 and the number of SIGINT. */
  interrupted: 130,
} as const;

/** A sentence for whoever called the command, with the fix, and the code to end with. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The command was called in a way that it cannot be. */
export function usageError(message: string): CliError {
  return new CliError(message, EXIT.usage);
}
