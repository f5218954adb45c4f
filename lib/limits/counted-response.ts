/** Remembers what was counted of a request, so that a limiter mounted twice counts once. */
import type { HttpResponse } from '../http/http-types';
import type { LimitScope } from './limit-scope';
import type { Standing, Tally } from './limit-rule';

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

/** By the response: with requests as keys, Express's change of their prototype makes each entry dear. */
const responses = new WeakMap<HttpResponse, Counted>();

/** The last count of a response's request. */
export function lastCounted(res: HttpResponse): Counted | undefined {
  return responses.get(res);
}

/** The last count by one limiter. */
export function countedBy(last: Counted | undefined, scope: LimitScope): Counted | undefined {
  let counted = last;
  while (counted !== undefined && counted.scope !== scope) counted = counted.before;
  return counted;
}

/** Remembers a count. */
export function remember(res: HttpResponse, counted: Counted): void {
  responses.set(res, counted);
}

/** Of what was counted so far the standing to tell: the one with the least left. */
export function tightestOf(own: Standing, before: Counted | undefined): Standing {
  let tightest = own;
  for (let counted = before; counted !== undefined; counted = counted.before) {
    const standing = counted.tally?.decisive ?? tightest;
    if (standing.remaining < tightest.remaining) tightest = standing;
  }
  return tightest;
}
