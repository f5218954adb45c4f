/** Counts what callers spend: in memory at once, or in a shared store, with what becomes of its failures. */
import type { Clock } from '../service/clock';
import type { Events } from '../service/events';
import { createStoreClient } from '../service/store-client';
import type { KeyRateLimitSettings } from './key-rate-limit-options';
import type { LimitRule, Tally } from './limit-rule';
import type { LimitStore } from './limit-store';
import { MemoryCounters } from './memory-counters';
import { SharedCounters } from './shared-counters';

/** How many keys are counted at once in memory. */
const MAX_KEYS = 1_000_000;
/** How many calls to the limits' store may run at once. */
const MAX_IN_FLIGHT = 10_000;

/** Who is counted: a key by its id, or an anonymous caller by its address. */
export interface Caller {
  readonly kind: 'key' | 'address';
  readonly id: string;
}

/**
 * Spends `cost` for a caller. Synchronous in memory. `null` where the store cannot be asked and requests are
 * allowed then; rejects with ApiKeyError `UNAVAILABLE` where they are refused.
 */
export type Take = (
  kind: Caller['kind'],
  id: string,
  rules: readonly LimitRule[],
  cost: number,
  now: number,
) => Tally | Promise<Tally | null>;

/** Makes {@link Take}. */
export function createTake(settings: KeyRateLimitSettings, events: Events, clock: Clock): Take {
  const keys = new MemoryCounters(MAX_KEYS);
  const addresses = new MemoryCounters(settings.maxAddresses);
  const inMemory = (
    kind: Caller['kind'],
    id: string,
    rules: readonly LimitRule[],
    cost: number,
    now: number,
  ): Tally => (kind === 'key' ? keys : addresses).take(id, rules, cost, now);
  if (settings.store === null) return inMemory;

  const { onStoreError } = settings;
  const report = (error: unknown): void => {
    events.emit('failure', { task: 'counting limits', error, at: clock() });
  };
  const client = createStoreClient<LimitStore>({
    store: settings.store,
    timeout: settings.storeTimeout,
    maxInFlight: MAX_IN_FLIGHT,
    onDown: report,
    onUp: () => undefined,
  });
  const shared = new SharedCounters(client, clock);

  return async (kind, id, rules, cost, now) => {
    try {
      return await shared.take(`${kind}:${id}`, rules, cost, now);
    } catch (error) {
      if (onStoreError === 'refuse') throw error;
      return onStoreError === 'allow' ? null : inMemory(kind, id, rules, cost, now);
    }
  };
}
