/** Takes secrets out of a URL before a handler or a logger sees it. */
import type { HttpRequest } from './http-types';

function nameOf(pair: string): string | null {
  // A question mark at the start of the text would be dropped.
  return new URLSearchParams(`&${pair}`).keys().next().value ?? null;
}

/** A URL without the query parameters `names`; everything else stays as it was written. */
export function withoutParameters(url: string, names: readonly string[]): string {
  const mark = url.indexOf('?');
  if (mark === -1) return url;
  const pairs = url.slice(mark + 1).split('&');
  const kept = pairs.filter((pair) => {
    const name = nameOf(pair);
    return name === null || !names.includes(name);
  });
  if (kept.length === pairs.length) return url;
  return kept.length === 0 ? url.slice(0, mark) : `${url.slice(0, mark)}?${kept.join('&')}`;
}

/**
 * Removes the parameters `names` from `req.url`, `req.originalUrl` and `req.query`, and says whether any was
 * there.
 */
export function stripQuery(req: HttpRequest, names: readonly string[]): boolean {
  const url = req.url ?? '';
  const clean = withoutParameters(url, names);
  if (req.originalUrl !== undefined) req.originalUrl = withoutParameters(req.originalUrl, names);
  if (clean === url) return false;
  req.url = clean;
  // Express 4 has parsed the query already; Express 5 parses it from the URL each time.
  const { query } = req;
  if (typeof query === 'object' && query !== null) {
    for (const name of names) Reflect.deleteProperty(query, name);
  }
  // The memo of `parseurl`, which Express and Connect use, still holds the old text.
  for (const memo of ['_parsedUrl', '_parsedOriginalUrl']) {
    if (memo in req) Reflect.set(req, memo, undefined);
  }
  return true;
}
