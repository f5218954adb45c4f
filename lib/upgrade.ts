/** authenticateUpgrade(): the key of a WebSocket handshake. */
import type { IncomingMessage } from 'node:http';
import { internalsOf, type ApiKeys } from './api-keys';
import { ConfigurationError, InvalidValueError, shown } from './errors';
import { createAuthenticateUpgrade, type AuthenticateUpgrade } from './http/authenticate-upgrade';
import { readKinds } from './http/read-kinds';
import type { KeyKind } from './keys/kinds';
import type { Scope } from './keys/scope';
import type { ScopeCatalogue } from './keys/scope-catalogue';
import { invalidOption, readFunction, readNames } from './option-readers';

/** Options of {@link authenticateUpgrade}. */
export interface AuthenticateUpgradeOptions {
  /** Scopes of which the key needs all. Default: none. */
  readonly scopes?: readonly string[];
  /** The kinds that are accepted. Default: every kind. */
  readonly kinds?: readonly KeyKind[];
  /**
   * The client's address, for keys with a list of addresses. Default: the socket's, which behind a proxy is the
   * proxy's: an upgrade passes no framework, so no `trust proxy` setting is asked.
   */
  readonly address?: (req: IncomingMessage) => string | undefined;
  /** The host that was asked, for keys with a list of hosts. Default: the `Host` header. */
  readonly host?: (req: IncomingMessage) => string | undefined;
}

function readScopes(scopes: unknown, catalogue: ScopeCatalogue): readonly Scope[] {
  const subject = 'authenticateUpgrade options.scopes';
  if (!Array.isArray(scopes)) {
    throw invalidOption(subject, `must be an array of scopes; received ${shown(scopes)}.`);
  }
  try {
    return scopes.map((scope: string) => catalogue.parse(scope));
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error;
    throw new ConfigurationError('ERR_LATCHKEY_SCOPE_INVALID', subject, `${error.message}.`);
  }
}

/**
 * Makes a function for a server's `upgrade` event:
 *
 * ```ts
 * const authenticate = authenticateUpgrade(keys, { scopes: ['control.write'] });
 * server.on('upgrade', async (req, socket, head) => {
 *   const key = await authenticate(req, socket);
 *   if (key) wss.handleUpgrade(req, socket, head, (ws) => wss.emit('connection', ws, req, key));
 * });
 * ```
 *
 * Where the key is refused, the refusal is written to the socket and the answer is `null`. It never rejects.
 * What a key may do is judged at the handshake: close sockets on the `revoked` event where that matters.
 * @throws ConfigurationError for an unknown option, kind or scope.
 */
export function authenticateUpgrade(
  keys: ApiKeys<never> | ApiKeys,
  options: AuthenticateUpgradeOptions = {},
): AuthenticateUpgrade {
  const { runtime } = internalsOf(keys);
  readNames('authenticateUpgrade options', options, {
    scopes: true,
    kinds: true,
    address: true,
    host: true,
  });
  const kinds = readKinds('authenticateUpgrade options.kinds', options.kinds);
  const scopes = readScopes(options.scopes ?? [], runtime.service.catalogue);
  const address = readFunction('authenticateUpgrade options.address', options.address);
  const host = readFunction('authenticateUpgrade options.host', options.host);
  const facts = { ...(address === null ? {} : { address }), ...(host === null ? {} : { host }) };
  return createAuthenticateUpgrade(runtime, { scopes, kinds, facts });
}
