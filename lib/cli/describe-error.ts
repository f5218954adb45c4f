/** Turns an error into the sentence and the exit code that a command ends with. */
import { ApiKeyError, ConfigurationError } from '../errors';
import { CliError, EXIT } from './cli-error';

/** The option of the command line behind each field of a key that the service names. */
const OPTION_OF: Readonly<Record<string, string>> = {
  name: '--name',
  ownerId: '--owner',
  userId: '--user',
  description: '--description',
  scopes: '--scope',
  level: '--level',
  origins: '--origin',
  addresses: '--address',
  hosts: '--host',
  rateLimit: '--rate-limit',
  'rateLimit.limit': '--rate-limit',
  'rateLimit.windowSeconds': '--rate-limit',
  quota: '--quota',
  'quota.limit': '--quota',
  metadata: '--metadata',
  expiresAt: '--expires',
  overlapSeconds: '--overlap',
  nameContains: '--name',
  parentId: '--parent',
  limit: '--limit',
  cursor: '--cursor',
  scope: '--scope',
  from: '--from',
  to: '--to',
};

/** A message as a sentence, which it may be already. */
function sentence(message: string): string {
  return /[.?!]$/.test(message) ? message : `${message}.`;
}

/** What went wrong, without a trailing full stop: the message of an error, or its code where it has none. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message.trim().replace(/[.:]$/, '');
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  // Node tells the reasons of a connection that failed on several addresses in its code alone.
  return code === null || message.includes(' ') ? message : `${message} (${code})`;
}

function describeRefusal(error: ApiKeyError): CliError {
  const { field } = error.details;
  if (error.code === 'INVALID_REQUEST') {
    const option = typeof field === 'string' ? OPTION_OF[field] : undefined;
    return new CliError(sentence(`${option === undefined ? '' : `${option}: `}${error.message}`), EXIT.usage);
  }
  if (error.code === 'NOT_FOUND') return new CliError('There is no key with this id.');
  if (error.code === 'UNAVAILABLE') {
    const cause = error.cause === undefined ? '' : `: ${reasonOf(error.cause)}`;
    return new CliError(`The store cannot be asked${cause}.`);
  }
  return new CliError(sentence(error.message));
}

/**
 * The error as a {@link CliError}. What nobody foresaw keeps its message and loses its stack: it may have come
 * from the host's configuration.
 */
export function describeError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof ApiKeyError) return describeRefusal(error);
  if (error instanceof ConfigurationError) {
    const message = error.message.replace(
      'options.pepper or options.bcryptCost',
      'LATCHKEY_PEPPER (several are separated by commas), or pepper or bcryptCost of the configuration',
    );
    return new CliError(message, EXIT.usage);
  }
  return new CliError(`${reasonOf(error)}.`);
}
