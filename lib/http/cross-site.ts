/** Tells requests that another site's page caused, where a key rides in a cookie. */
import { parseOrigin } from '../keys/origin';
import { headerValue } from './header-value';
import type { HttpRequest } from './http-types';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a cookie's key must be refused: the request is not safe (RFC 9110, 9.2.1), or it is an upgrade,
 * and another site's page caused it, judged by `Sec-Fetch-Site` (Fetch Metadata), else by `Origin`. What
 * has neither header comes from no browser of today.
 */
export function isCrossSite(req: HttpRequest, upgrade: boolean): boolean {
  if (!upgrade && SAFE_METHODS.has(req.method ?? '')) return false;
  const site = req.headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'same-site' && site !== 'none';
  if (req.headers.origin === undefined) return false;
  const origin = parseOrigin(req.headers.origin);
  return origin === null || origin.host !== askedHost(req);
}

/** The host that was asked, by the framework's trust-proxy setting where there is one. */
function askedHost(req: HttpRequest): string | undefined {
  if (typeof req.hostname === 'string') return req.hostname.toLowerCase();
  return headerValue(req.headers, 'host')?.toLowerCase().replace(/:\d+$/, '');
}
