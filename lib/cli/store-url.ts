/** Reads the URL of a store. */
import { usageError } from './cli-error';

/** A file, or a server with the URL that its driver takes. */
export type StoreUrl =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres' | 'mysql'; readonly url: string }
  | { readonly kind: 'redis'; readonly url: string };

const SCHEMES: Readonly<Record<string, StoreUrl['kind']>> = {
  'sqlite:': 'sqlite',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
  'redis:': 'redis',
  'rediss:': 'redis',
};
const HOW = 'write sqlite:./keys.db, postgres://user@host/database, mysql://…, mariadb://… or redis://host';

/**
 * Reads `sqlite:<file>` (`sqlite:///<file>` too), `postgres://…`, `mysql://…`, `mariadb://…`, `redis://…`.
 *
 * @throws CliError for another text; never with any part of it but the scheme: a URL may hold a password
 */
export function readStoreUrl(text: string): StoreUrl {
  const scheme = /^[a-z][a-z0-9+.-]{0,20}:/i.exec(text)?.[0].toLowerCase();
  if (scheme === undefined) throw usageError(`The store must be given as a URL: ${HOW}.`);
  const kind = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined;
  if (kind === undefined) throw usageError(`There is no store for ${scheme} URLs: ${HOW}.`);
  const rest = text.slice(scheme.length);
  if (kind === 'sqlite') {
    const file = rest.startsWith('//') ? rest.slice(2) : rest;
    if (file === '' || file === ':memory:') {
      throw usageError(
        'The sqlite: URL must name a file, as in sqlite:./keys.db: keys in memory end with the command.',
      );
    }
    return { kind, file };
  }
  // The drivers know one spelling each; to Redis, the second one says that the connection is encrypted.
  const url = (kind === 'redis' ? scheme : `${kind}:`) + rest;
  if (!rest.startsWith('//') || !URL.canParse(url)) {
    throw usageError(
      `The ${scheme} URL of the store cannot be read: write ${scheme}//user:password@host:port/database, ` +
        'with special characters of the password percent-encoded.',
    );
  }
  return { kind, url };
}
