/** The one place that finds credentials in a request. Three outcomes: none, one, several. */
import { parse as parseCookies } from 'cookie';
import type { IncomingHttpHeaders } from 'node:http';
import type { Carrier, Carriers } from './carriers';
import { Credential, SEVERAL, type Presented } from './credential';

/** What to do with two carriers: `refuse` them, or let the `first` decide alone. */
export type OnMultiple = 'refuse' | 'first';

/** What extraction reads of a request. Adapters of serverless platforms leave `rawHeaders` out. */
export interface RequestHead {
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders?: readonly string[];
  readonly url?: string | undefined;
}

/** Finds the credential of a request; `upgrade` for a WebSocket handshake. */
export type ExtractCredential = (req: RequestHead, upgrade: boolean) => Presented;

const SPACE = 0x20;

/** How many lines of a header came; Node joins them, or drops all but the first. */
function linesOf({ rawHeaders = [] }: RequestHead, name: string): number {
  let lines = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const raw = rawHeaders[i] as string;
    if (raw.length === name.length && (raw === name || raw.toLowerCase() === name)) lines += 1;
  }
  return lines;
}

/** RFC 6750, 2.1: the scheme, one or more spaces, the token. */
function fromAuthorization(value: string, carriers: Carriers, usual: readonly Carrier[]): Credential | null {
  for (const { name, kinds } of usual) {
    if (value.startsWith(name) && value.charCodeAt(name.length) !== SPACE) {
      return new Credential(value.slice(name.length), kinds, 'authorization');
    }
  }
  const space = value.indexOf(' ');
  const scheme = space === -1 ? value : value.slice(0, space);
  const kinds = carriers.schemes.get(scheme.toLowerCase());
  if (kinds === undefined) return null;
  let start = scheme.length;
  while (value.charCodeAt(start) === SPACE) start += 1;
  return new Credential(value.slice(start), kinds, 'authorization');
}

/** Schemes with the space behind them, as nearly every client writes them: `Bearer `. */
function usualSchemes({ schemes }: Carriers): readonly Carrier[] {
  return Array.from(schemes, ([scheme, kinds]) => {
    return { name: `${scheme.charAt(0).toUpperCase()}${scheme.slice(1)} `, kinds };
  });
}

/** All values of a cookie: two of one name are ambiguous, and parsers differ in which one they take. */
function countCookies(header: string, name: string): number {
  return header.split(';').filter((pair) => {
    const equals = pair.indexOf('=');
    return equals !== -1 && pair.slice(0, equals).trim() === name;
  }).length;
}

/** Makes {@link ExtractCredential}. The order is header, query, cookie, `Authorization`. */
export function createExtractCredential(carriers: Carriers, onMultiple: OnMultiple): ExtractCredential {
  const first = onMultiple === 'first';
  const usual = usualSchemes(carriers);

  return (req, upgrade) => {
    const { headers } = req;
    let found: Credential | null = null;

    for (const { name, kinds } of carriers.headers) {
      const value = headers[name];
      if (value === undefined) continue;
      if (found !== null || typeof value !== 'string' || linesOf(req, name) > 1) return SEVERAL;
      found = new Credential(value, kinds, 'header');
      if (first) return found;
    }

    const queryCarriers = upgrade ? carriers.upgradeQuery : carriers.query;
    const url = req.url ?? '';
    const mark = queryCarriers.length === 0 ? -1 : url.indexOf('?');
    if (mark !== -1) {
      const query = url.slice(mark + 1);
      for (const { name, kinds } of queryCarriers) {
        // Behind `&` nothing is taken off: URLSearchParams drops a leading `?`, and the URL keeps it.
        // Most queries hold no credential, and parsing them costs more than everything else here.
        if (!query.includes(name) && !query.includes('%')) continue;
        const values = new URLSearchParams(`&${query}`).getAll(name);
        const value = values[0];
        if (value === undefined) continue;
        if (found !== null || values.length > 1) return SEVERAL;
        found = new Credential(value, kinds, 'query');
        if (first) return found;
      }
    }

    const cookie = carriers.cookies.length === 0 ? undefined : headers.cookie;
    if (cookie !== undefined) {
      for (const { name, kinds } of carriers.cookies) {
        const count = countCookies(cookie, name);
        if (count === 0) continue;
        if (found !== null || count > 1) return SEVERAL;
        found = new Credential(parseCookies(cookie)[name] ?? '', kinds, 'cookie');
        if (first) return found;
      }
    }

    const { authorization } = headers;
    if (authorization !== undefined) {
      const credential = fromAuthorization(authorization, carriers, usual);
      if (linesOf(req, 'authorization') > 1) return SEVERAL;
      if (credential !== null) {
        if (found !== null) return SEVERAL;
        found = credential;
      }
    }
    return found;
  };
}
