/** Error middleware: writes the refusals that Passport hands to `next(err)`. */
import { ApiKeyError, type Denial } from '../errors';
import { writeDenial } from './error-response';
import type { ErrorMiddleware, HttpRequest } from './http-types';
import { reportDenied } from './report';
import { peekState } from './request-state';

/** What `passport.authenticate(…, { failWithError: true })` hands to `next`. */
function isAuthenticationError(error: unknown): boolean {
  return error instanceof Error && error.name === 'AuthenticationError';
}

/**
 * Error middleware for hosts that run the strategies with
 * `passport.authenticate([...], { session: false, failWithError: true })`: answers what the strategies
 * refused, and every {@link ApiKeyError}, as `apiKeyAuth` would. Other errors go on.
 */
export function apiKeyErrors(): ErrorMiddleware {
  return (error, request, res, next) => {
    const req = request as HttpRequest;
    const state = peekState(req);
    let denial: Denial | undefined;
    if (error instanceof ApiKeyError) denial = error.denial;
    else if (isAuthenticationError(error)) denial = state?.denial;
    if (denial === undefined) {
      next(error);
      return;
    }
    if (state !== undefined && state.reported !== true) {
      reportDenied(state.runtime, req, denial, state.keyId ?? null);
    }
    writeDenial(req, res, denial, state?.runtime.formatError ?? null);
  };
}
