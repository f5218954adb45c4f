/** The token format of the host's configuration. */
import { InvalidValueError } from '../errors';
import { createTokenFormat, type TokenFormat } from '../keys/token-format';
import { usageError } from './cli-error';
import type { CliConfig } from './load-config';

/** The format with the prefixes of the configuration, or the default ones. @throws CliError for bad prefixes. */
export function tokenFormatOf({ prefixes }: CliConfig): TokenFormat {
  try {
    return createTokenFormat(prefixes === undefined ? {} : { prefixes });
  } catch (error) {
    if (error instanceof InvalidValueError) throw usageError(`The prefixes of --config: ${error.message}.`);
    throw error;
  }
}
