/** The commands of `npx latchkey`, put together. */
import { Command } from 'commander';
import type { Session } from './command-options';
import { addCheck } from './commands/check';
import { addCreate } from './commands/create';
import { addExplain } from './commands/explain';
import { addImport } from './commands/import';
import { addInit } from './commands/init';
import { addList } from './commands/list';
import { addPurge } from './commands/purge';
import { addRevoke } from './commands/revoke';
import { addRotate } from './commands/rotate';
import { addScanRules } from './commands/scan-rules';
import { addShow } from './commands/show';
import { addUsage } from './commands/usage';
import { packageVersion } from './package-version';
import { oneLine } from './safe-text';

const COMMANDS = [
  addInit,
  addCreate,
  addList,
  addShow,
  addRotate,
  addRevoke,
  addImport,
  addExplain,
  addUsage,
  addCheck,
  addScanRules,
  addPurge,
];

const NOTES = `
The store is given by --store or LATCHKEY_STORE:
  sqlite:./keys.db                       a file; needs the package better-sqlite3
  postgres://user:password@host/name     needs the package pg
  mysql://… and mariadb://…              need the package mysql2
  redis://… and rediss://…               need the package ioredis

Secrets come from the environment, never from arguments, which other processes can see:
  LATCHKEY_STORE    the store, with its password
  LATCHKEY_PEPPER   the peppers of your app, the current one first, separated by commas

Ends with 0 when all went well, 1 when something failed or was refused, 2 for a wrong call.

The first key of all:
  export LATCHKEY_STORE=sqlite:./keys.db
  npx latchkey init
  ADMIN_KEY=$(npx latchkey create --name "first admin")
`;

/** The program. What it prints by itself goes to `session.io`; it throws instead of ending the process. */
export function createProgram(session: Session, writes: Promise<void>[]): Command {
  const program = new Command('latchkey')
    .description('Makes and manages the API keys of an app that uses latchkey, in the store of that app.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', NOTES)
    .showHelpAfterError('Run it with --help to see how it is called.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        writes.push(session.io.out(text));
      },
      writeErr: (text) => {
        writes.push(session.io.err(text));
      },
      outputError: (text, write) => {
        write(`latchkey: ${oneLine(text.replace(/^error: /, ''))}\n`);
      },
    });
  for (const add of COMMANDS) add(program, session);
  return program;
}
