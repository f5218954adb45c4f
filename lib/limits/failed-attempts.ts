/** Counts failed attempts by address, for `apiKeyAuth`. */
import { rateLimited } from '../denials';
import type { Denial } from '../errors';
import { addressOf } from '../http/http-facts';
import type { HttpRequest, HttpResponse } from '../http/http-types';
import type { RateLimit } from '../keys/key-record';
import type { Clock } from '../service/clock';
import type { Events } from '../service/events';
import { addressGroup } from './address-group';
import type { LimitRule } from './limit-rule';
import { MemoryCounters } from './memory-counters';
import { setLimitHeaders } from './rate-limit-headers';

/** How many addresses are counted at once. */
const MAX_ADDRESSES = 10_000;
/** How many bits of an IPv6 address make one caller. */
const IPV6_PREFIX = 56;

/** Counts a refusal; answers the 429 that takes its place beyond the limit, else `null`. */
export type CountFailedAttempt = (req: HttpRequest, res: HttpResponse, denial: Denial) => Denial | null;

/** Whether a refusal may be a guess: a key came, and it is none. An expired key was right once. */
function isGuess({ status, reason }: Denial): boolean {
  return status === 401 && reason !== 'key_missing' && reason !== 'key_expired';
}

/** Counters of one `createApiKeys`, by limit: an address has one allowance, however many mounts there are. */
const shared = new WeakMap<Events, Map<string, MemoryCounters>>();

function countersOf(events: Events, name: string): MemoryCounters {
  const known = shared.get(events) ?? new Map<string, MemoryCounters>();
  shared.set(events, known);
  const counters = known.get(name) ?? new MemoryCounters(MAX_ADDRESSES);
  known.set(name, counters);
  return counters;
}

/** Makes {@link CountFailedAttempt}: at most `limit` failed attempts of an address in each window. */
export function createCountFailedAttempt(
  { limit, windowSeconds }: RateLimit,
  events: Events,
  clock: Clock,
): CountFailedAttempt {
  const counters = countersOf(events, `${String(limit)} in ${String(windowSeconds)}`);
  const rules: readonly LimitRule[] = [
    { name: 'failed_attempts', limit, windowMs: windowSeconds * 1000, period: null },
  ];

  return (req, res, denial) => {
    if (!isGuess(denial)) return null;
    const now = clock();
    const address = addressOf(req);
    const { passed, decisive } = counters.take(addressGroup(address, IPV6_PREFIX), rules, 1, now);
    if (passed) return null;
    const { rule, resetAt } = decisive;
    setLimitHeaders(res, decisive);
    events.emit('limited', { key: null, limit, name: rule.name, address: address ?? null, at: now });
    return rateLimited(limit, resetAt, now);
  };
}
