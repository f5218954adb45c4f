/** apiKeyAuth(): the middleware that puts a verified key on a request. */
import { internalsOf, type ApiKeys } from './api-keys';
import { CHECK_REFUSED, KEY_MISSING, invalidKey, unavailable } from './denials';
import { shown, type Denial } from './errors';
import { announceVerified } from './http/announce';
import { isPreflight } from './http/cors';
import { Credential } from './http/credential';
import { writeDenial } from './http/error-response';
import type { HttpRequest, HttpResponse, Middleware, Next } from './http/http-types';
import { handlePreflight } from './http/preflight';
import { readCredential } from './http/read-credential';
import { readKinds } from './http/read-kinds';
import { reportDenied } from './http/report';
import { stateOf } from './http/request-state';
import type { RateLimit } from './keys/key-record';
import { KEY_KINDS, type KeyKind } from './keys/kinds';
import { createCountFailedAttempt } from './limits/failed-attempts';
import { readLimit } from './limits/read-limit';
import { invalidOption, readBoolean, readFunction, readNames } from './option-readers';
import { ALL_KINDS, kindBit } from './service/kind-mask';
import { isVerifiedKey, realmOf, type VerifiedKey } from './service/verified-key';
import { createRunStrategy, type Attempt, type Outcome } from './strategies/run-strategy';

/**
 * The host's own rule: only `true` lets the key pass, anything else refuses (403). It can refuse, never
 * grant. A check that throws or rejects leaves the verdict unknown (503).
 */
export type Check = (key: VerifiedKey, req: HttpRequest) => boolean | Promise<boolean>;

/** Options of {@link apiKeyAuth}. */
export interface ApiKeyAuthOptions {
  /**
   * Whether a request without a key is refused. Default `true`. With `false` it goes on with `req.apiKey` set
   * to `null`: guards refuse it, routes without a guard serve it. A bad key is refused all the same.
   */
  readonly required?: boolean;
  /** The kinds that are accepted here. Default: every kind. */
  readonly kinds?: readonly KeyKind[];
  readonly check?: Check;
  /** A property of the request that gets the principal too, such as `user`. Default: none. */
  readonly assignProperty?: string;
  /**
   * How many invalid keys an address may present in each window, such as `{ limit: 20, windowSeconds: 60 }`;
   * further ones are answered 429 instead of 401, and told as `limited`. A valid key passes all the same, from
   * the same address too. Counted in memory. Default: no limit.
   */
  readonly failedAttempts?: RateLimit;
}

const NAMES: Readonly<Record<keyof ApiKeyAuthOptions, true>> = {
  required: true,
  kinds: true,
  check: true,
  assignProperty: true,
  failedAttempts: true,
};

/** Properties that other code trusts, or that would break the request. */
const TAKEN = new Set([
  'apiKey',
  'authInfo',
  '__proto__',
  'constructor',
  'prototype',
  'headers',
  'url',
  'method',
]);

function readProperty(name: unknown): string | null {
  if (name === undefined) return null;
  if (typeof name === 'string' && /^[A-Za-z_$][\w$]*$/.test(name) && !TAKEN.has(name)) return name;
  throw invalidOption(
    'apiKeyAuth options.assignProperty',
    `must be the name of a free property such as "user"; received ${shown(name)}.`,
  );
}

/**
 * Middleware that verifies the key of each request, for Express 4 and 5 and Connect. On success it sets
 * `req.apiKey` and calls `next()`: synchronously, without touching the store, when the key is cached.
 * Otherwise it answers the request itself. A request that was verified before is not verified again.
 * @throws ConfigurationError for an unknown option, a bad value, or `keys` from elsewhere.
 */
export function apiKeyAuth(keys: ApiKeys<never> | ApiKeys, options: ApiKeyAuthOptions = {}): Middleware {
  const { runtime, strategies } = internalsOf(keys);
  readNames('apiKeyAuth options', options, NAMES);
  const required = readBoolean('apiKeyAuth options.required', options.required, true);
  const check = readFunction('apiKeyAuth options.check', options.check);
  const kinds = readKinds('apiKeyAuth options.kinds', options.kinds);
  const property = readProperty(options.assignProperty);
  const { service } = runtime;
  const { events, clock } = service;
  const countFailed =
    options.failedAttempts === undefined
      ? null
      : createCountFailedAttempt(
          readLimit('apiKeyAuth options.failedAttempts', options.failedAttempts),
          events,
          clock,
        );

  function refuse(
    req: HttpRequest,
    res: HttpResponse,
    denial: Denial,
    keyId: string | null,
    key: VerifiedKey | null = null,
  ): void {
    reportDenied(runtime, req, denial, keyId, key);
    const limited = countFailed === null ? null : countFailed(req, res, denial);
    writeDenial(req, res, limited ?? denial, runtime.formatError);
  }

  function failed(req: HttpRequest, res: HttpResponse, task: string, error: unknown): void {
    events.emit('failure', { task, error, at: clock() });
    refuse(req, res, unavailable(), null);
  }

  function admit(req: HttpRequest, res: HttpResponse, next: Next, key: VerifiedKey): void {
    req.apiKey = key;
    if (property !== null) Reflect.set(req, property, key.principal);
    announceVerified(runtime, req, res, key);
    next();
  }

  /** Runs the host's check; `then` is called only when it said `true`. */
  function checked(req: HttpRequest, res: HttpResponse, key: VerifiedKey, then: () => void): void {
    const decide = (passes: unknown): void => {
      if (passes === true) then();
      else refuse(req, res, CHECK_REFUSED, key.id, key);
    };
    let passes: boolean | Promise<boolean> | undefined;
    try {
      passes = check?.(key, req);
    } catch (error) {
      failed(req, res, 'check', error);
      return;
    }
    if (passes instanceof Promise) {
      passes.then(decide, (error: unknown) => {
        failed(req, res, 'check', error);
      });
    } else decide(passes);
  }

  const outcome: Outcome = {
    granted({ req, res, next }, { apiKey }) {
      if (check === null) admit(req, res, next, apiKey);
      else {
        checked(req, res, apiKey, () => {
          admit(req, res, next, apiKey);
        });
      }
    },
    denied({ req, res, credential }: Attempt) {
      refuse(req, res, credential.denial ?? invalidKey('key_malformed'), credential.keyId);
    },
    failed({ req, res }, error) {
      failed(req, res, 'verification', error);
    },
  };

  const runners = KEY_KINDS.map((kind) => ({
    bit: kindBit(kind),
    prefix: service.tokens.prefixes[kind],
    run: createRunStrategy(strategies[kind], outcome),
  }));
  /** For each set of kinds, the strategies that may serve it. */
  const fitting = Array.from({ length: ALL_KINDS + 1 }, (_, mask) => {
    return runners.filter(({ bit }) => (bit & mask) !== 0);
  });

  /** The strategy for the kind that the token names; for any other token, the first that its carrier brings. */
  function run(req: HttpRequest, res: HttpResponse, next: Next, credential: Credential): void {
    const candidates = fitting[credential.kinds] ?? [];
    const { token } = credential;
    let runner = candidates[0];
    for (const candidate of candidates) {
      if (!token.startsWith(candidate.prefix)) continue;
      runner = candidate;
      break;
    }
    runner?.run(req, res, next, credential);
  }

  /** A request whose key was verified by an earlier mount. */
  function again(req: HttpRequest, res: HttpResponse, next: Next, key: VerifiedKey): void {
    const goOn = (): void => {
      if (property !== null) Reflect.set(req, property, key.principal);
      next();
    };
    if ((kindBit(key.kind) & kinds) === 0) refuse(req, res, invalidKey('kind_wrong'), key.id);
    else if (check === null) goOn();
    else checked(req, res, key, goOn);
  }

  return (request, res, next) => {
    const req = request as HttpRequest;
    // On Node 20 each first reading of a property of an Express request takes 0.1 µs and more; `in` and
    // `headers`, which are read anyway, take the least.
    const apiKey = 'apiKey' in req ? req.apiKey : undefined;
    if (isVerifiedKey(apiKey) && realmOf(apiKey) === service.realm) {
      again(req, res, next, apiKey);
      return;
    }
    if (req.headers['access-control-request-method'] !== undefined && isPreflight(req)) {
      handlePreflight(runtime, req, res, next);
      return;
    }
    const presented = readCredential(runtime, req, res, false);
    if (presented === null) {
      if (required) refuse(req, res, KEY_MISSING, null);
      else {
        stateOf(req, runtime);
        req.apiKey = null;
        next();
      }
    } else if (!(presented instanceof Credential)) refuse(req, res, presented, null);
    else if ((presented.kinds & ~kinds) === 0) run(req, res, next, presented);
    else if ((presented.kinds & kinds) === 0) refuse(req, res, invalidKey('kind_wrong'), null);
    else run(req, res, next, new Credential(presented.token, presented.kinds & kinds, presented.place));
  };
}
