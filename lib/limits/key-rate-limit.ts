/** keyRateLimit(): the middleware that holds each key to its limits and its quota. */
import { internalsOf, type ApiKeys } from '../api-keys';
import { MISCONFIGURED, rateLimited, unavailable } from '../denials';
import { ApiKeyError, type Denial } from '../errors';
import { isPreflight } from '../http/cors';
import { writeDenial } from '../http/error-response';
import { keyOf } from '../http/guard';
import { addressOf } from '../http/http-facts';
import type { HttpRequest, HttpResponse, Middleware, Next } from '../http/http-types';
import { pathOf, reportDenied } from '../http/report';
import { payerOf, realmOf, type VerifiedKey } from '../service/verified-key';
import { addressGroup } from './address-group';
import { countedBy, lastCounted, remember, tightestOf } from './counted-response';
import type { Caller } from './counting';
import { readKeyRateLimitOptions, type KeyRateLimitOptions } from './key-rate-limit-options';
import type { LimitRule, Tally } from './limit-rule';
import { limitScope } from './limit-scope';
import { addIetfHeaders, setLimitHeaders } from './rate-limit-headers';

/**
 * Middleware that limits requests, for Express 4 and 5 and Connect. It stands after `apiKeyAuth`:
 *
 * ```ts
 * app.use(apiKeyAuth(keys), keyRateLimit(keys, { default: { limit: 1000, windowSeconds: 3600 } }));
 * ```
 *
 * A key has the limit of its record, else that of its level, else of its kind, else the default; a temporary
 * key counts on its parent, with the parent's limit, and so does a rotated key on its successor. A quota of the
 * record holds beside it. Callers without a key count by address. Every answer that is limited carries
 * `X-RateLimit-Limit`, `-Remaining` and `-Reset`; a request beyond a limit is answered 429 with `Retry-After`.
 *
 * Windows are fixed: they open with a caller's first request and end after their length, so a client that keeps
 * below its limit is never refused, and one that does not can spend two windows' worth around an end. No more
 * than the limit passes in one window, however many requests come at once and, with a `store`, in however many
 * processes. In memory a request is counted synchronously, and under all its limits or none. Mounted twice, it
 * counts a request once, at the higher cost.
 * @throws ConfigurationError for an unknown option, a bad value, a store without `onStoreError`, a second
 * limiter of the same name that says something else, or `keys` from elsewhere.
 */
export function keyRateLimit(keys: ApiKeys<never> | ApiKeys, options: KeyRateLimitOptions = {}): Middleware {
  const { runtime } = internalsOf(keys);
  const { events, clock, realm, catalogue } = runtime.service;
  const settings = readKeyRateLimitOptions(options, catalogue);
  const scope = limitScope(runtime, settings);
  const { book, take } = scope;
  const { ietfHeaders, ipv6Prefix } = settings;
  const costOf = typeof settings.cost === 'function' ? settings.cost : null;
  const fixedCost = typeof settings.cost === 'number' ? settings.cost : 0;
  let warned = false;

  function refuse(req: HttpRequest, res: HttpResponse, denial: Denial, key: VerifiedKey | null): void {
    reportDenied(runtime, req, denial, key?.id ?? null, key);
    writeDenial(req, res, denial, runtime.formatError);
  }

  function misconfigured(req: HttpRequest, res: HttpResponse, why: string): void {
    if (!warned) runtime.log(`keyRateLimit on ${req.method ?? ''} ${pathOf(req)}: ${why}`);
    warned = true;
    refuse(req, res, MISCONFIGURED, null);
  }

  function limited(req: HttpRequest, res: HttpResponse, key: VerifiedKey | null, tally: Tally): void {
    const { rule, resetAt } = tally.decisive;
    const now = clock();
    if (events.wanted('limited')) {
      const address = addressOf(req) ?? null;
      events.emit('limited', { key, limit: rule.limit, name: rule.name, address, at: now });
    }
    writeDenial(req, res, rateLimited(rule.limit, resetAt, now), runtime.formatError);
  }

  function settle(
    req: HttpRequest,
    res: HttpResponse,
    next: Next,
    key: VerifiedKey | null,
    cost: number,
    tally: Tally | null,
  ): void {
    const before = lastCounted(res);
    remember(res, { scope, cost, tally, before });
    if (tally === null) {
      next();
      return;
    }
    if (!res.headersSent) {
      const told = tally.passed ? tightestOf(tally.decisive, before) : tally.decisive;
      setLimitHeaders(res, told);
      if (ietfHeaders && countedBy(before, scope) === undefined) addIetfHeaders(res, tally, clock());
    }
    if (tally.passed) next();
    else limited(req, res, key, tally);
  }

  function spend(
    req: HttpRequest,
    res: HttpResponse,
    next: Next,
    key: VerifiedKey | null,
    kind: Caller['kind'],
    id: string,
    rules: readonly LimitRule[],
  ): void {
    const cost = costOf === null ? fixedCost : readCost(costOf, req);
    if (cost === null) {
      misconfigured(req, res, 'options.cost did not answer a whole number from 0.');
      return;
    }
    const due = cost - (countedBy(lastCounted(res), scope)?.cost ?? 0);
    if (due <= 0) {
      next();
      return;
    }
    const tally = take(kind, id, rules, due, clock());
    if (!(tally instanceof Promise)) {
      settle(req, res, next, key, cost, tally);
      return;
    }
    tally
      .then(
        (counted) => {
          settle(req, res, next, key, cost, counted);
        },
        (error: unknown) => {
          refuse(req, res, error instanceof ApiKeyError ? error.denial : unavailable(), key);
        },
      )
      .catch(next);
  }

  return (request, res, next) => {
    const req = request as HttpRequest;
    const key = keyOf(req);
    if (key === undefined) {
      const fix = 'no authentication ran before it. Put app.use(apiKeyAuth(keys)) before it.';
      misconfigured(req, res, fix);
    } else if (key === null) {
      // A preflight carries no key, and the browser would take a 429 for a refusal of CORS.
      if (isPreflight(req) || book.anonymous.length === 0) next();
      else spend(req, res, next, null, 'address', addressGroup(addressOf(req), ipv6Prefix), book.anonymous);
    } else if (realmOf(key) !== realm) {
      misconfigured(req, res, 'the key was verified by another createApiKeys() than the limiter belongs to.');
    } else {
      const payer = payerOf(key);
      const rules = book.forKey(payer);
      if (rules.length === 0) next();
      else spend(req, res, next, key, 'key', payer.replacedById ?? payer.id, rules);
    }
  };
}

/** What a request costs, or `null` when the host's function fails. */
function readCost(costOf: (req: HttpRequest) => number, req: HttpRequest): number | null {
  try {
    const cost = costOf(req);
    return Number.isSafeInteger(cost) && cost >= 0 ? cost : null;
  } catch {
    return null;
  }
}
