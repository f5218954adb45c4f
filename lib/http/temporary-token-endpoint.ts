/** The endpoint that mints temporary tokens. */
import { invalidField, unavailable } from '../denials';
import { ApiKeyError, shown, type Denial } from '../errors';
import type { ScopeInput } from '../keys/scope';
import type { VerifiedKey } from '../service/verified-key';
import { writeDenial, writeJson } from './error-response';
import { addressOf } from './http-facts';
import type { HttpRequest, HttpResponse, Middleware, Next } from './http-types';
import { readJsonBody } from './read-json-body';
import { reportDenied } from './report';
import type { Runtime } from './runtime';

/** Most bytes of a request body: 100 scopes of the greatest length fit. */
const BODY_LIMIT = 32_768;
const FIELDS = new Set(['scopes', 'durationSeconds']);

interface Body {
  readonly scopes: readonly ScopeInput[];
  readonly durationSeconds?: number;
}

function readBody(body: Record<string, unknown>): Body {
  const unknown = Object.keys(body).find((name) => !FIELDS.has(name));
  if (unknown !== undefined) {
    throw new ApiKeyError(invalidField(unknown, `${shown(unknown)} is not a field of this request`));
  }
  // The service checks every value; here only what is there decides.
  return body as unknown as Body;
}

/**
 * Makes the endpoint: `POST { "scopes": […], "durationSeconds"?: 3600 }` with a secret key answers 200
 * `{ "authorization": "Bearer …", "expiresAt": 1616079083 }`. Other methods go on to `next`.
 * @param authenticate Lets only a verified key of the runtime through, whether or not middleware before has
 * verified it; preflights go on without.
 */
export function createTemporaryTokenEndpoint(runtime: Runtime, authenticate: Middleware): Middleware {
  async function mint(req: HttpRequest, res: HttpResponse, key: VerifiedKey): Promise<void> {
    const input = readBody(await readJsonBody(req, BODY_LIMIT));
    const address = addressOf(req);
    const { authorization, expiresAt } = await runtime.service.mintTemporary(key, input, {
      type: 'key',
      id: key.id,
      ...(address === undefined ? {} : { address }),
    });
    writeJson(res, 200, { authorization, expiresAt });
  }

  function refuse(req: HttpRequest, res: HttpResponse, denial: Denial, key: VerifiedKey): void {
    reportDenied(runtime, req, denial, key.id, key);
    writeDenial(req, res, denial, runtime.formatError);
  }

  function answer(req: HttpRequest, res: HttpResponse, key: VerifiedKey): void {
    mint(req, res, key).catch((error: unknown) => {
      if (error instanceof ApiKeyError) {
        refuse(req, res, error.denial, key);
        return;
      }
      const { events, clock } = runtime.service;
      events.emit('failure', { task: 'minting a temporary token', error, at: clock() });
      refuse(req, res, unavailable(), key);
    });
  }

  return (request, res, next: Next) => {
    const req = request as HttpRequest;
    if (req.method !== 'POST' && req.method !== 'OPTIONS') {
      next();
      return;
    }
    authenticate(req, res, (error) => {
      // Only a preflight goes on without a key.
      if (error !== undefined || req.method !== 'POST') next(error);
      else answer(req, res, req.apiKey as VerifiedKey);
    });
  };
}
