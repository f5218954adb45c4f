/** The strategy that serves all kinds of key: promise-safe over passport-custom. */
import CustomStrategy from 'passport-custom';
import { KEY_MISSING, invalidKey } from '../denials';
import { ApiKeyError, type Denial } from '../errors';
import { announceVerified } from '../http/announce';
import { isPreflight } from '../http/cors';
import { Credential } from '../http/credential';
import type { HttpRequest } from '../http/http-types';
import { handlePreflight } from '../http/preflight';
import { readCredential } from '../http/read-credential';
import { reportDenied } from '../http/report';
import { peekState, stateOf } from '../http/request-state';
import type { Runtime } from '../http/runtime';
import type { KeyKind } from '../keys/kinds';
import { kindBit, type KindMask } from '../service/kind-mask';
import type { Granted, Verdict } from '../service/verdict';
import type { StrategyActions } from './passport-contract';

/** passport-custom's callback: an error, or a user (or none) with what goes with it. */
type Done = (error: unknown, user?: unknown, info?: unknown) => void;

/** passport-custom's types name Express's own request. */
type PassportRequest = Parameters<CustomStrategy['authenticate']>[0];

/**
 * Verifies the key of a request. Under Passport it reads the request itself and sets `req.apiKey`; under
 * `apiKeyAuth` it is given the credential that was read.
 *
 * passport-custom neither awaits nor catches a promise, so a verification that rejected would never answer:
 * every path here ends in `done`.
 */
export class KeyStrategy extends CustomStrategy {
  /** Not private with `#`: Passport runs a copy that only inherits from this object. */
  protected readonly runtime: Runtime;

  constructor(name: string, kind: KeyKind, runtime: Runtime) {
    const own = kindBit(kind);
    super({ passOptionsToCallback: true }, (request, options: unknown, done: Done) => {
      const req = request as unknown as HttpRequest;
      if (options instanceof Credential) verifyGiven(runtime, req, options, done);
      else verifyUnderPassport(runtime, own, req, done);
    });
    this.runtime = runtime;
    Object.defineProperty(this, 'runtime', { enumerable: false });
    // Passport registers a strategy by its name, and passport-custom calls every one "custom".
    Object.defineProperty(this, 'name', { value: name, enumerable: true });
  }

  /** For Passport: a preflight carries no credential, so it is answered or passed on, never failed. */
  override authenticate(request: PassportRequest, options?: unknown): void {
    const req = request as unknown as HttpRequest;
    if (options instanceof Credential) {
      super.authenticate(request, options);
      return;
    }
    const attempt = attemptOf(this);
    if (isPreflight(req)) {
      handlePreflight(this.runtime, req, req.res, () => {
        attempt.pass();
      });
    } else super.authenticate.call(attempt, request, options);
  }
}

/**
 * The object that Passport's actions of one request are on. Given an instance instead of a name, Passport hangs
 * them on that shared instance, where the next request replaces them before a store has answered: they are
 * copied while they are still this request's.
 */
function attemptOf(strategy: KeyStrategy): KeyStrategy & StrategyActions {
  const isShared = Object.hasOwn(strategy, 'runtime');
  const attempt: unknown = isShared
    ? Object.create(KeyStrategy.prototype, Object.getOwnPropertyDescriptors(strategy))
    : strategy;
  return attempt as KeyStrategy & StrategyActions;
}

/** What `done` hands to Passport's `fail`: the challenge of a 401, else the status. */
function failureOf(denial: Denial): string | number {
  return denial.status === 401 && denial.challenge !== null ? denial.challenge : denial.status;
}

/** Hands over a verdict, now or later. */
function settle(
  verdict: Verdict | Promise<Verdict>,
  grant: (granted: Granted) => void,
  deny: (denial: Denial, keyId: string | null) => void,
  fail: (error: unknown) => void,
): void {
  if (verdict instanceof Promise) {
    verdict
      .then((settled) => {
        settle(settled, grant, deny, fail);
      })
      .catch(fail);
  } else if (verdict.granted) grant(verdict);
  else deny(verdict.denial, verdict.keyId);
}

/** For `apiKeyAuth`: the credential is read, and a refusal goes back with it. */
function verifyGiven(runtime: Runtime, req: HttpRequest, credential: Credential, done: Done): void {
  const verdict = runtime.service.verify(credential.token, credential.kinds, runtime.facts, req);
  // The hot path makes no closures.
  if (!(verdict instanceof Promise) && verdict.granted) {
    done(null, verdict.key.principal, verdict);
    return;
  }
  settle(
    verdict,
    (granted) => {
      done(null, granted.key.principal, granted);
    },
    (denial, keyId) => {
      credential.denial = denial;
      credential.keyId = keyId;
      done(null, false, failureOf(denial));
    },
    done,
  );
}

/** Refusals that another strategy of the same request may still turn into an answer of its own. */
const VAGUE = new Set<Denial>([KEY_MISSING, invalidKey('kind_wrong')]);

/** For Passport: reads the request once for all strategies, and remembers the refusal that says most. */
function verifyUnderPassport(runtime: Runtime, own: KindMask, req: HttpRequest, done: Done): void {
  const known = peekState(req);
  const before = known?.runtime === runtime ? known : undefined;
  const presented =
    before?.presented === undefined ? readCredential(runtime, req, req.res, false) : before.presented;

  const remember = (denial: Denial, keyId: string | null = null): void => {
    const state = stateOf(req, runtime);
    state.presented = presented;
    if (state.denial !== undefined && !VAGUE.has(state.denial)) return;
    state.denial = denial;
    state.keyId = keyId;
    if (VAGUE.has(denial)) return;
    state.reported = true;
    reportDenied(runtime, req, denial, keyId);
  };

  if (presented === null) {
    remember(KEY_MISSING);
    done(null, false, failureOf(KEY_MISSING));
  } else if (!(presented instanceof Credential)) {
    remember(presented);
    done(new ApiKeyError(presented));
  } else if ((presented.kinds & own) === 0) {
    remember(invalidKey('kind_wrong'));
    done(null, false);
  } else {
    settle(
      runtime.service.verify(presented.token, own, runtime.facts, req),
      (granted) => {
        // What an earlier strategy made of the request is not why a later one refuses it.
        if (before !== undefined) delete before.denial;
        // It may be gone from the URL, for whoever authenticates the request again.
        else if (presented.place === 'query') stateOf(req, runtime).presented = presented;
        if (req.apiKey !== granted.key) announceVerified(runtime, req, req.res, granted.key);
        req.apiKey = granted.key;
        done(null, granted.key.principal, granted);
      },
      (denial, keyId) => {
        remember(denial, keyId);
        if (denial.status >= 500) done(new ApiKeyError(denial));
        else if (VAGUE.has(denial)) done(null, false);
        else done(null, false, failureOf(denial));
      },
      done,
    );
  }
}
