/** The headers that tell a client how it stands. */
import type { HttpResponse } from '../http/http-types';
import type { LimitRule, Standing, Tally } from './limit-rule';

const SECONDS_A_DAY = 86_400;

/**
 * Sets `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset`, the last in Unix seconds, for one
 * standing.
 */
export function setLimitHeaders(res: HttpResponse, { rule, remaining, resetAt }: Standing): void {
  // As text: Node checks a number by writing it out, and then writes it out again.
  res.setHeader('X-RateLimit-Limit', String(rule.limit));
  res.setHeader('X-RateLimit-Remaining', String(remaining));
  res.setHeader('X-RateLimit-Reset', String(Math.ceil(resetAt / 1000)));
}

function policyOf({ name, limit, windowMs, period }: LimitRule): string {
  const seconds = period === null ? windowMs / 1000 : period === 'day' ? SECONDS_A_DAY : null;
  return `"${name}";q=${String(limit)}${seconds === null ? '' : `;w=${String(seconds)}`}`;
}

function serviceLimitOf({ rule, remaining, resetAt }: Standing, now: number): string {
  const seconds = Math.max(0, Math.ceil((resetAt - now) / 1000));
  return `"${rule.name}";r=${String(remaining)};t=${String(seconds)}`;
}

/**
 * Adds `RateLimit-Policy` and `RateLimit` as draft-ietf-httpapi-ratelimit-headers-11 has them (sections 3 and
 * 4): lists of structured fields, one item a limit. The length of a month differs, so its policy has no window.
 */
export function addIetfHeaders(res: HttpResponse, { standings }: Tally, now: number): void {
  const join = (name: string, items: readonly string[]): void => {
    const before = res.getHeader(name);
    res.setHeader(name, [...(typeof before === 'string' ? [before] : []), ...items].join(', '));
  };
  join(
    'RateLimit-Policy',
    standings.map(({ rule }) => policyOf(rule)),
  );
  join(
    'RateLimit',
    standings.map((standing) => serviceLimitOf(standing, now)),
  );
}
