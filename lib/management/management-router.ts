/** managementRouter(): the endpoints with which keys are managed, for the host to mount. */
import { apiKeyAuth } from '../api-key-auth';
import { internalsOf, type ApiKeys } from '../api-keys';
import { unavailable } from '../denials';
import { ApiKeyError, type Denial } from '../errors';
import { writeDenial, writeJson } from '../http/error-response';
import type { HttpRequest, HttpResponse, Middleware } from '../http/http-types';
import { reportDenied } from '../http/report';
import { isVerifiedKey } from '../service/verified-key';
import { createAuthority } from './authority';
import { createCallerOf } from './caller';
import { createMatch, endpointsOf, segmentsOf, type Match } from './endpoints';
import { readManagementOptions, type ManagementOptions } from './management-options';
import { buildDocument } from './open-api-document';

/** Path of the OpenAPI document. */
const DOCUMENT_PATH = 'openapi.json';

/**
 * Makes the endpoints as middleware for Express 4 and 5 and Connect:
 *
 * ```ts
 * app.use('/api/v1', managementRouter(keys));
 * ```
 *
 * `/keys`, `/keys/{key_id}` with `/rotate`, `/usage` and `/explain`, `/whoami`, and `/openapi.json`, which is open
 * to everyone. It authenticates by itself. A key manages the keys of its own owner, if it holds the management
 * scopes; a user whom `options.actor` names manages those of the owner that they act for. Nobody grants more
 * than they hold. Other paths and methods go on to the next handler. No answer is a 204.
 * @throws ConfigurationError for `keys` from elsewhere, an unknown option or a bad value, and management scopes
 * that the catalogue does not know.
 */
export function managementRouter(
  keys: ApiKeys<never> | ApiKeys,
  options: ManagementOptions = {},
): Middleware {
  const { runtime } = internalsOf(keys);
  const { service } = runtime;
  const settings = readManagementOptions(options, service.catalogue);
  const authenticate = apiKeyAuth(keys, { required: false });
  const callerOf = createCallerOf(runtime, settings);
  const authority = createAuthority(service.catalogue, settings.maxRateLimit);
  const match = createMatch(endpointsOf(settings));
  const document = buildDocument(runtime, settings);

  function refuse(req: HttpRequest, res: HttpResponse, denial: Denial): void {
    const key = isVerifiedKey(req.apiKey) ? req.apiKey : null;
    reportDenied(runtime, req, denial, key?.id ?? null, key);
    writeDenial(req, res, denial, runtime.formatError);
  }

  async function answer(req: HttpRequest, res: HttpResponse, { endpoint, id }: Match): Promise<void> {
    try {
      const caller = await callerOf(req, endpoint.access);
      const body = await endpoint.run({ req, runtime, settings, authority, caller, id });
      writeJson(res, endpoint.status, body);
    } catch (error) {
      const denial = error instanceof ApiKeyError ? error.denial : null;
      if (denial === null)
        service.events.emit('failure', { task: endpoint.operationId, error, at: service.clock() });
      refuse(req, res, denial ?? unavailable());
    }
  }

  return (request, res, next) => {
    const req = request as HttpRequest;
    const method = req.method ?? '';
    const path = (req.url ?? '/').split('?', 1)[0] as string;
    if ((method === 'GET' || method === 'HEAD') && segmentsOf(path).join('/') === DOCUMENT_PATH) {
      writeJson(res, 200, document);
      return;
    }
    const found = match(method, path);
    if (found === null) {
      next();
      return;
    }
    authenticate(req, res, (error) => {
      if (error === undefined) void answer(req, res, found);
      else next(error);
    });
  };
}
