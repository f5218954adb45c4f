/** Loads a database driver from the project in which the command was called, else from latchkey's own. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CliError } from './cli-error';
import { reasonOf } from './describe-error';

/** A driver package and what it exports. */
export interface Driver {
  readonly name: string;
  readonly module: unknown;
}

function loadFrom(from: string, names: readonly string[]): Driver | null {
  const requireFrom = createRequire(from);
  for (const name of names) {
    let file;
    try {
      file = requireFrom.resolve(name);
    } catch {
      continue;
    }
    try {
      return { name, module: requireFrom(file) as unknown };
    } catch (error) {
      const [reason = ''] = reasonOf(error).split('\n');
      throw new CliError(`The package ${name} does not load (${reason}). Try: npm rebuild ${name}`);
    }
  }
  return null;
}

/**
 * The first of the driver packages that is installed: optional peers of latchkey, which the host brings.
 *
 * @throws CliError when none is installed, or the first one does not load
 */
export function loadDriver(names: readonly [string, ...string[]], cwd: string): Driver {
  const found = loadFrom(join(cwd, 'package.json'), names) ?? loadFrom(__filename, names);
  if (found !== null) return found;
  throw new CliError(
    `This store needs the package ${names.join(' or ')}, which is not installed here. Run: npm install ${names[0]}`,
  );
}
