/** Facts about an HTTP request, for keys with conditions. */
import type { RequestFacts } from '../service/request-facts';
import { headerValue } from './header-value';
import type { HttpRequest } from './http-types';

/** The origin at the start of a URL, as text; the strict grammar is applied by the comparison. */
function originOfUrl(url: string): string | undefined {
  return /^(https?:\/\/[^/?#\\]+)(?:[/?#]|$)/.exec(url)?.[1];
}

/**
 * Makes the facts.
 * @param refererFallback Whether the origin of `Referer` stands in where a request has no `Origin`.
 */
export function createHttpFacts(refererFallback: boolean): RequestFacts<HttpRequest> {
  return {
    origin: ({ headers }) => {
      if (headers.origin !== undefined) return headerValue(headers, 'origin');
      return refererFallback && headers.referer !== undefined ? originOfUrl(headers.referer) : undefined;
    },
    address: addressOf,
    host: (req) => (typeof req.hostname === 'string' ? req.hostname : headerValue(req.headers, 'host')),
  };
}

/** The client's address: by the framework's trust-proxy setting, else the socket's. */
export function addressOf(req: HttpRequest): string | undefined {
  return typeof req.ip === 'string' ? req.ip : req.socket.remoteAddress;
}
