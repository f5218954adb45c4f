/** temporaryTokens(): the endpoint that mints temporary tokens, for the host to mount. */
import { apiKeyAuth } from './api-key-auth';
import { internalsOf, type ApiKeys } from './api-keys';
import type { Middleware } from './http/http-types';
import { createTemporaryTokenEndpoint } from './http/temporary-token-endpoint';

/**
 * Makes the endpoint, for Express 4 and 5 and Connect:
 *
 * ```ts
 * app.use('/v2/temporary-access-token/create', temporaryTokens(keys));
 * ```
 *
 * `POST { "scopes": [{ "resource": "floor", "action": "readPrivate" }], "durationSeconds": 3600 }` with a secret
 * key answers 200 `{ "authorization": "Bearer …", "expiresAt": 1616079083 }`, in Unix seconds. It authenticates
 * by itself where no `apiKeyAuth` ran before. Its answers to other keys and bad bodies are those of every
 * refusal.
 * @throws ConfigurationError for `keys` from elsewhere.
 */
export function temporaryTokens(keys: ApiKeys<never> | ApiKeys): Middleware {
  return createTemporaryTokenEndpoint(internalsOf(keys).runtime, apiKeyAuth(keys));
}
