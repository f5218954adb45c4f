/** The guard of a route: lets a key pass that holds the scopes, and answers every other request. */
import { KEY_MISSING, MISCONFIGURED, insufficientScope } from '../denials';
import { InvalidValueError, type Denial } from '../errors';
import type { Grant } from '../keys/grant';
import type { Scope } from '../keys/scope';
import type { ScopeCatalogue } from '../keys/scope-catalogue';
import { grantOf, isVerifiedKey, type VerifiedKey } from '../service/verified-key';
import { isPreflight } from './cors';
import { writeDenial } from './error-response';
import type { HttpRequest, HttpResponse, Middleware, Next } from './http-types';
import { pathOf, reportDenied, reportPassed, reportWouldDeny } from './report';
import { peekState } from './request-state';
import { defaultLog, runtimeOfKey, type Runtime } from './runtime';

/** Whether a key needs `all` of a guard's scopes, or `any` one of them. */
export type GuardMode = 'all' | 'any';

/** Reads the id of the object that a request is about. Anything but a non-empty string is no object. */
export type ObjectId = (req: HttpRequest & { readonly params: Readonly<Record<string, unknown>> }) => unknown;

/** What a guard demands: what route audits read. */
export interface GuardRule {
  readonly scopes: readonly string[];
  readonly mode: GuardMode;
  /** Whether object-level scopes count. */
  readonly objects: boolean;
  /** Whether it only reports what it would deny. */
  readonly shadow: boolean;
}

/** What {@link createGuard} takes. */
export interface GuardOptions {
  readonly scopes: readonly Scope[];
  readonly mode: GuardMode;
  readonly objectId: ObjectId | null;
  /** The runtime whose keys the guard takes; `null` takes the keys of any. */
  readonly runtime: Runtime | null;
  /** Reports what would be denied, and denies nothing. Default `false`. */
  readonly shadow?: boolean;
}

const rules = new WeakMap<object, GuardRule>();

/** What a guard demands, or `undefined` for a function that is no guard. */
export function guardRuleOf(handler: object): GuardRule | undefined {
  return rules.get(handler);
}

/**
 * The verified key of a request, put there by `apiKeyAuth` or by a strategy under Passport; `null` where none
 * came, `undefined` where no authentication ran.
 */
export function keyOf(req: HttpRequest): VerifiedKey | null | undefined {
  const apiKey: unknown = req.apiKey;
  if (isVerifiedKey(apiKey)) return apiKey;
  const info: unknown = req.authInfo;
  if (typeof info === 'object' && info !== null && 'apiKey' in info && isVerifiedKey(info.apiKey)) {
    return info.apiKey;
  }
  // No key counts as "none came" only where authentication ran: anyone could have written `null`.
  return (apiKey === null || apiKey === undefined) && peekState(req) !== undefined ? null : undefined;
}

/** The scopes in the words of the key's catalogue; `null` when that catalogue does not know them. */
function translate(scopes: readonly Scope[], catalogue: ScopeCatalogue): readonly Scope[] | null {
  try {
    return scopes.map((scope) => catalogue.parse(scope.text));
  } catch (error) {
    if (error instanceof InvalidValueError) return null;
    throw error;
  }
}

/** Whether a grant holds all of some scopes, or any. */
function passes(
  grant: Grant,
  scopes: readonly Scope[],
  mode: GuardMode,
  object: string | undefined,
): boolean {
  const all = mode === 'all';
  for (const scope of scopes) if (grant.allows(scope, object) !== all) return !all;
  return all;
}

/** Makes a guard. It passes only a key that authentication verified; everything else it answers itself. */
export function createGuard(options: GuardOptions): Middleware {
  const { mode, objectId, shadow = false } = options;
  const texts = options.scopes.map(({ text }) => text);
  let lastCatalogue = options.runtime?.service.catalogue;
  let known: readonly Scope[] | null = options.scopes;
  let warned = false;

  function tellOnce(req: HttpRequest, runtime: Runtime | undefined, why: string): void {
    if (warned) return;
    warned = true;
    const line = `requireScope(${texts.join(', ')}) on ${req.method ?? ''} ${pathOf(req)}: ${why}`;
    (runtime?.log ?? options.runtime?.log ?? defaultLog)(line);
  }

  /** Answers a refusal. A shadow guard tells of it instead, and lets the request go on. */
  function refuse(
    req: HttpRequest,
    res: HttpResponse,
    next: Next,
    runtime: Runtime | undefined,
    refusal: { readonly denial: Denial; readonly keyId?: string | null; readonly key?: VerifiedKey },
    reported = false,
  ): void {
    const { denial, keyId = null, key = null } = refusal;
    if (shadow) {
      if (runtime?.service.events.wanted('would_deny') === true) {
        reportWouldDeny(runtime, req, denial, keyId, key, texts);
      } else tellOnce(req, runtime, `would deny (${denial.reason}); listen to would_deny for each request.`);
      next();
      return;
    }
    if (runtime !== undefined && !reported) reportDenied(runtime, req, denial, keyId, key);
    writeDenial(req, res, denial, runtime?.formatError ?? null);
  }

  function misconfigured(
    req: HttpRequest,
    res: HttpResponse,
    next: Next,
    runtime: Runtime | undefined,
    why: string,
  ): void {
    tellOnce(req, runtime, why);
    refuse(req, res, next, runtime, { denial: MISCONFIGURED });
  }

  function withoutKey(req: HttpRequest, res: HttpResponse, next: Next, key: null | undefined): void {
    const state = peekState(req);
    const runtime = state?.runtime ?? options.runtime ?? undefined;
    if (key === undefined) {
      const fix = 'no authentication ran before it. Put app.use(apiKeyAuth(keys)) before the route.';
      misconfigured(req, res, next, runtime, fix);
    } else if (isPreflight(req)) {
      if (shadow) {
        next();
        return;
      }
      // A preflight is never refused, and never let through to a handler that needs a key.
      res.statusCode = 204;
      res.setHeader('Content-Length', '0');
      res.end();
    } else {
      // Under Passport the host may have let a refused request go on: it learns why here.
      const refusal = { denial: state?.denial ?? KEY_MISSING, keyId: state?.keyId ?? null };
      refuse(req, res, next, runtime, refusal, state?.reported === true);
    }
  }

  const guard: Middleware = (request, res, next) => {
    const req = request as HttpRequest;
    const key = keyOf(req);
    if (key === undefined || key === null) {
      withoutKey(req, res, next, key);
      return;
    }
    const runtime = runtimeOfKey(key);
    if (runtime === undefined || (options.runtime !== null && options.runtime !== runtime)) {
      const fix = 'the key was verified by another createApiKeys() than the guard belongs to.';
      misconfigured(req, res, next, options.runtime ?? runtime, fix);
      return;
    }
    const { catalogue } = runtime.service;
    if (catalogue !== lastCatalogue) {
      lastCatalogue = catalogue;
      known = translate(options.scopes, catalogue);
    }
    if (known === null) {
      misconfigured(req, res, next, runtime, 'the catalogue of the key does not know these scopes.');
      return;
    }
    const id = objectId === null ? undefined : objectId(req as Parameters<ObjectId>[0]);
    const object = typeof id === 'string' && id !== '' ? id : undefined;
    const grant = grantOf(key);
    if (passes(grant, known, mode, object)) {
      if (runtime.service.events.wanted('passed')) reportPassed(runtime, req, key, texts);
      next();
      return;
    }
    const denial = insufficientScope(texts, grant.scopes);
    refuse(req, res, next, runtime, { denial, keyId: key.id, key });
  };
  rules.set(guard, Object.freeze({ scopes: texts, mode, objects: objectId !== null, shadow }));
  return guard;
}
