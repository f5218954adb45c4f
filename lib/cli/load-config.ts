/** Loads the host's configuration: a module that exports the options of createApiKeys. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ApiKeysOptions } from '../option-types';
import { usageError } from './cli-error';

/** Any of the options; the store may come from elsewhere. */
export type CliConfig = Partial<ApiKeysOptions>;

/** What is looked for where no file is named. */
const NAMES = ['latchkey.config.js', 'latchkey.config.mjs', 'latchkey.config.cjs'];

/**
 * The options that the configuration exports, as `module.exports`, as `export default`, or by name. Without
 * `file`, `latchkey.config.js` (`.mjs`, `.cjs`) of `cwd` when there is one, else no options at all.
 *
 * @throws CliError when a named file is missing, does not load, or exports no object
 */
export async function loadConfig(file: string | undefined, cwd: string): Promise<CliConfig> {
  const path =
    file === undefined
      ? NAMES.map((name) => join(cwd, name)).find((candidate) => existsSync(candidate))
      : resolve(cwd, file);
  if (path === undefined) return {};
  if (!existsSync(path)) throw usageError(`There is no configuration at ${path}.`);
  let exported: { readonly default?: unknown };
  try {
    exported = (await import(pathToFileURL(path).href)) as typeof exported;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(`The configuration ${path} does not load: ${reason}`);
  }
  const options = 'default' in exported ? exported.default : { ...exported };
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return options;
  throw usageError(`The configuration ${path} must export an object with the options of createApiKeys.`);
}
