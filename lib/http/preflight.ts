/** Handles CORS preflights: answered for the origins of a publishable key, else passed on unauthenticated. */
import vary from 'vary';
import { allowReading, answerPreflight } from './cors';
import { Credential } from './credential';
import { writeDenial } from './error-response';
import type { HttpRequest, HttpResponse, Next } from './http-types';
import { readCredential } from './read-credential';
import { reportDenied } from './report';
import { stateOf } from './request-state';
import type { Runtime } from './runtime';
import { kindBit } from '../service/kind-mask';
import type { Verdict } from '../service/verdict';

/**
 * Answers the preflight of an allowed origin to a URL with a publishable key. Every other preflight goes on
 * to `next`, without a key, to the host's own CORS handling; it is never a 401.
 */
export function handlePreflight(
  runtime: Runtime,
  req: HttpRequest,
  res: HttpResponse | undefined,
  next: Next,
): void {
  const publishable = kindBit('publishable');

  const pass = (): void => {
    stateOf(req, runtime);
    req.apiKey = null;
    next();
  };
  const decide = (verdict: Verdict): void => {
    if (res === undefined) pass();
    else if (verdict.granted) answerPreflight(req, res);
    else if (verdict.denial.status >= 500) {
      allowReading(req, res);
      reportDenied(runtime, req, verdict.denial, verdict.keyId);
      writeDenial(req, res, verdict.denial, runtime.formatError);
    } else pass();
  };

  const presented = readCredential(runtime, req, undefined, false);
  if (!(presented instanceof Credential) || (presented.kinds & publishable) === 0) {
    pass();
    return;
  }
  if (res !== undefined) vary(res, 'Origin');
  const verdict = runtime.service.verify(presented.token, publishable, runtime.facts, req);
  if (verdict instanceof Promise) verdict.then(decide).catch(next);
  else decide(verdict);
}
