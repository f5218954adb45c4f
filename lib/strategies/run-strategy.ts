/** Runs a strategy through Passport's contract, without `passport.authenticate`. */
import type { Credential } from '../http/credential';
import type { HttpRequest, HttpResponse, Next } from '../http/http-types';
import type { AuthInfo } from '../service/verdict';
import type { KeyStrategy } from './key-strategy';

/** One request on its way through a strategy. */
export interface Attempt {
  readonly req: HttpRequest;
  readonly res: HttpResponse;
  readonly next: Next;
  readonly credential: Credential;
}

/** What becomes of an attempt: exactly one of these is called. */
export interface Outcome {
  granted(attempt: Attempt, info: AuthInfo): void;
  denied(attempt: Attempt): void;
  failed(attempt: Attempt, error: unknown): void;
}

/** Starts a strategy on a request. */
export type RunStrategy = (req: HttpRequest, res: HttpResponse, next: Next, credential: Credential) => void;

/**
 * Prepares a strategy to be run. `passport.authenticate` copies it with `Object.create` and hangs closures on
 * the copy for each request; here the actions stand once on a prototype that inherits from the strategy, and
 * a request costs one object. Nothing is written on the strategy itself, so requests cannot mix.
 */
export function createRunStrategy(strategy: KeyStrategy, outcome: Outcome): RunStrategy {
  class StrategyAttempt implements Attempt {
    readonly req: HttpRequest;
    readonly res: HttpResponse;
    readonly next: Next;
    readonly credential: Credential;
    #granted = false;

    constructor(req: HttpRequest, res: HttpResponse, next: Next, credential: Credential) {
      this.req = req;
      this.res = res;
      this.next = next;
      this.credential = credential;
    }

    success(_user: unknown, info: AuthInfo): void {
      this.#granted = true;
      outcome.granted(this, info);
    }

    fail(): void {
      outcome.denied(this);
    }

    error(error: unknown): void {
      // passport-custom also catches what a handler behind `next()` throws: that is not ours to answer.
      if (this.#granted) throw error;
      outcome.failed(this, error);
    }
  }
  Object.setPrototypeOf(StrategyAttempt.prototype, strategy);

  return (req, res, next, credential) => {
    const attempt: unknown = new StrategyAttempt(req, res, next, credential);
    strategy.authenticate.call(
      attempt as KeyStrategy,
      req as Parameters<KeyStrategy['authenticate']>[0],
      credential,
    );
  };
}
