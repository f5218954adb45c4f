/** What the commands have in common: options, examples, how they end. */
import type { Command } from 'commander';
import type { Io } from './io';
import type { StoreOptions } from './open-keys';

/** A command's way to the world, and where it leaves the code to end with when that is not 0. */
export interface Session {
  readonly io: Io;
  exitCode: number;
}

/** Adds one command to the program. */
export type AddCommand = (program: Command, session: Session) => void;

/** Options that most commands have. */
export interface CommonOptions extends StoreOptions {
  readonly json?: boolean;
}

/** Adds `--config`. */
export function withConfig(command: Command): Command {
  return command.option(
    '--config <file>',
    'module that exports the options of createApiKeys (default: ./latchkey.config.js, .mjs or .cjs, if there is one)',
  );
}

/** Adds `--store`, `--table-prefix` and `--config`. */
export function withStore(command: Command): Command {
  return withConfig(
    command
      .option('--store <url>', 'where the keys live (default: the environment variable LATCHKEY_STORE)')
      .option('--table-prefix <prefix>', 'what the names of the tables start with (default: latchkey_)'),
  );
}

/** Adds `--json`. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON, for scripts');
}

/** Adds examples below the help, each a line of a shell with an optional comment above it. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  const text = examples.map((example) => example.replace(/^/gm, '  ')).join('\n');
  return command.addHelpText('after', `\nExamples:\n${text}`);
}
