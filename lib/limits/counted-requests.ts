/** Remembers what was counted of a request, so that a limiter mounted twice counts once. */
import type { HttpRequest } from '../http/http-types';
import type { LimitScope } from './limit-scope';
import type { Tally } from './limit-rule';

/** One limiter's count of one request. */
export interface Counted {
  readonly scope: LimitScope;
  /** What the request has cost so far. */
  readonly cost: number;
  /** How it stood; `null` when nothing was counted. */
  readonly tally: Tally | null;
  /** What another limiter counted before. */
  readonly before: Counted | undefined;
}

const requests = new WeakMap<HttpRequest, Counted>();

/** The last count of a request. */
export function lastCounted(req: HttpRequest): Counted | undefined {
  return requests.get(req);
}

/** The last count of a request by one limiter. */
export function countedBy(last: Counted | undefined, scope: LimitScope): Counted | undefined {
  let counted = last;
  while (counted !== undefined && counted.scope !== scope) counted = counted.before;
  return counted;
}

/** Remembers a count. */
export function remember(req: HttpRequest, counted: Counted): void {
  requests.set(req, counted);
}
