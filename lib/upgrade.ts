/** authenticateUpgrade(): the key of a WebSocket handshake. */
import { internalsOf, type ApiKeys } from './api-keys';
import { ConfigurationError, InvalidValueError } from './errors';
import { createAuthenticateUpgrade, type AuthenticateUpgrade } from './http/authenticate-upgrade';
import type { KeyKind } from './keys/kinds';
import { readNames } from './option-readers';
import { ALL_KINDS, kindMask } from './service/kind-mask';

/** Options of {@link authenticateUpgrade}. */
export interface AuthenticateUpgradeOptions {
  /** Scopes of which the key needs all. Default: none. */
  readonly scopes?: readonly string[];
  /** The kinds that are accepted. Default: every kind. */
  readonly kinds?: readonly KeyKind[];
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
 * @throws ConfigurationError for an unknown option or scope.
 */
export function authenticateUpgrade(
  keys: ApiKeys<never> | ApiKeys,
  options: AuthenticateUpgradeOptions = {},
): AuthenticateUpgrade {
  const { runtime } = internalsOf(keys);
  readNames('authenticateUpgrade options', options, { scopes: true, kinds: true });
  try {
    const scopes = (options.scopes ?? []).map((scope) => runtime.service.catalogue.parse(scope));
    return createAuthenticateUpgrade(runtime, {
      scopes,
      kinds: options.kinds === undefined ? ALL_KINDS : kindMask(options.kinds),
    });
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error;
    throw new ConfigurationError(
      'ERR_LATCHKEY_SCOPE_INVALID',
      'authenticateUpgrade options.scopes',
      `${error.message}.`,
    );
  }
}
