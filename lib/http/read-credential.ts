/** Reads the credential of a request with everything that depends on how it came. */
import { CROSS_SITE, MULTIPLE_CREDENTIALS } from '../denials';
import type { Denial } from '../errors';
import { allowReading } from './cors';
import { SEVERAL, type Credential } from './credential';
import { isCrossSite } from './cross-site';
import type { HttpRequest, HttpResponse } from './http-types';
import type { Runtime } from './runtime';
import { stripQuery } from './strip-query';
import { kindBit } from '../service/kind-mask';

const PUBLISHABLE = kindBit('publishable');

/**
 * The credential, `null` for none, or why it cannot be taken: there are several, or a page of another site
 * sent the cookie. Secrets in the URL are taken out of it, whichever it is, and the page that sent a
 * publishable key may read the answer, whatever it says.
 */
export function readCredential(
  runtime: Runtime,
  req: HttpRequest,
  res: HttpResponse | undefined,
  upgrade: boolean,
): Credential | Denial | null {
  const presented = runtime.extract(req, upgrade);
  const { secretQuery } = runtime.carriers;
  if (secretQuery.length > 0 && stripQuery(req, secretQuery) && res !== undefined) {
    // The URL that the client used holds a key: no page it leads to, and no shared cache, may learn it.
    res.setHeader('Referrer-Policy', 'no-referrer');
    res.setHeader('Cache-Control', 'private');
  }
  if (presented === SEVERAL) {
    // One of them may be a publishable key.
    if (res !== undefined) allowReading(req, res);
    return MULTIPLE_CREDENTIALS;
  }
  if (presented !== null && presented.place === 'cookie' && isCrossSite(req, upgrade)) return CROSS_SITE;
  if (presented !== null && (presented.kinds & PUBLISHABLE) !== 0 && res !== undefined)
    allowReading(req, res);
  return presented;
}
