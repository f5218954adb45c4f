/** Counts in a store that several processes share. */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../service/clock';
import type { StoreClient } from '../service/store-client';
import { endOfPeriod, periodName } from './calendar';
import { tallyOf, type LimitRule, type Standing, type Tally } from './limit-rule';
import type { LimitStore } from './limit-store';

/** How many exceeded counters are remembered, so that their callers cost the store nothing. */
const MAX_EXCEEDED = 20_000;
/** A counter of a period outlives it by this, so that processes whose clocks differ share it to its end. */
const PERIOD_MARGIN = 86_400_000;

interface Exceeded {
  readonly count: number;
  readonly resetAt: number;
}

/** The name of a rule's counter for one subject. Another length of window is another counter. */
function counterName(rule: LimitRule, subject: string, now: number): string {
  const window = rule.period === null ? String(rule.windowMs / 1000) : periodName(rule.period, now);
  return `${rule.name}:${window}:${subject}`;
}

/**
 * Counts in a store. Rules are asked in their order, short windows first, and the first one that is exceeded
 * ends the request: so a burst never eats up an hour's or a month's limit. A counter only grows in its window,
 * so one that is known as exceeded is not asked again before it ends.
 */
export class SharedCounters {
  readonly #client: StoreClient<LimitStore>;
  readonly #clock: Clock;
  readonly #exceeded = new LRUCache<string, Exceeded>({ max: MAX_EXCEEDED });

  constructor(client: StoreClient<LimitStore>, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Spends `cost` under the rules. @throws ApiKeyError `UNAVAILABLE` when the store cannot be asked. */
  async take(subject: string, rules: readonly LimitRule[], cost: number, now: number): Promise<Tally> {
    const counters = rules.map((rule) => ({ rule, name: counterName(rule, subject, now) }));
    const known = counters.flatMap(({ rule, name }) => this.#knownExceeded(rule, name, cost, now));
    if (known.length > 0) return tallyOf(known);
    const standings: Standing[] = [];
    for (const { rule, name } of counters) {
      const standing = await this.#spend(rule, name, cost, now);
      standings.push(standing);
      if (standing.exceeded) break;
    }
    return tallyOf(standings);
  }

  #knownExceeded(rule: LimitRule, name: string, cost: number, now: number): Standing[] {
    const known = this.#exceeded.get(name);
    if (known === undefined || known.resetAt <= now || known.count + cost <= rule.limit) return [];
    return [{ rule, exceeded: true, remaining: 0, resetAt: known.resetAt }];
  }

  async #spend(rule: LimitRule, name: string, cost: number, now: number): Promise<Standing> {
    const end = rule.period === null ? null : endOfPeriod(rule.period, now);
    const lifetime = end === null ? rule.windowMs : end - now + PERIOD_MARGIN;
    const { count, endsIn } = await this.#client.call('add', (store) => {
      return store.add(name, cost, Math.ceil(lifetime / 1000));
    });
    const resetAt = end ?? this.#clock() + endsIn;
    const exceeded = count > rule.limit;
    if (exceeded) this.#exceeded.set(name, { count, resetAt });
    return { rule, exceeded, remaining: Math.max(0, rule.limit - count), resetAt };
  }
}
