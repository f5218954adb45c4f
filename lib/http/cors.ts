/** CORS (Fetch standard) for publishable keys: the key's own list of origins decides. */
import vary from 'vary';
import { parseOrigin } from '../keys/origin';
import { headerValue } from './header-value';
import type { HttpRequest, HttpResponse } from './http-types';

/** Response headers that a page may read. */
const EXPOSED = [
  'WWW-Authenticate',
  'Retry-After',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'RateLimit',
  'RateLimit-Policy',
].join(', ');

/** How long a browser may remember a preflight, in seconds. Short, so that a narrowed list is noticed. */
const MAX_AGE = '600';

const METHOD = /^[A-Z]{1,32}$/;
const HEADER_LIST =
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}(?:[ \t]*,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}){0,63}$/;

/** Whether a request is a CORS preflight. It carries no credential of its own. */
export function isPreflight(req: HttpRequest): boolean {
  return (
    req.method === 'OPTIONS' &&
    req.headers.origin !== undefined &&
    req.headers['access-control-request-method'] !== undefined
  );
}

/**
 * Lets the page at the request's `Origin` read the answer, and keeps caches from handing it to another page.
 * Also used for refusals, which tell a page nothing that it could not know.
 */
export function allowReading(req: HttpRequest, res: HttpResponse): void {
  vary(res, 'Origin');
  const origin = headerValue(req.headers, 'origin');
  if (origin === undefined || parseOrigin(origin) === null) return;
  res.setHeader('Access-Control-Allow-Origin', origin);
  res.setHeader('Access-Control-Expose-Headers', EXPOSED);
}

/** Answers the preflight of an origin that the key allows. */
export function answerPreflight(req: HttpRequest, res: HttpResponse): void {
  allowReading(req, res);
  const method = headerValue(req.headers, 'access-control-request-method') as string;
  const headers = headerValue(req.headers, 'access-control-request-headers') ?? '';
  if (METHOD.test(method)) res.setHeader('Access-Control-Allow-Methods', method);
  if (HEADER_LIST.test(headers)) res.setHeader('Access-Control-Allow-Headers', headers);
  vary(res, 'Access-Control-Request-Method');
  vary(res, 'Access-Control-Request-Headers');
  res.setHeader('Access-Control-Max-Age', MAX_AGE);
  res.statusCode = 204;
  res.setHeader('Content-Length', '0');
  res.end();
}
