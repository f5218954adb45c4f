/** trackUsage(): counts what every key does, and writes the counts in batches. */
import { internalsOf, type ApiKeys } from '../api-keys';
import { ConfigurationError, shown, type DenialReason } from '../errors';
import { readFunction, readNames, readNumber } from '../option-readers';
import type { KeyInfo } from '../service/key-info';
import type { UsageBatch, UsageRow, UsageStore } from '../stores/usage-store';
import { DAY, dayOf } from './days';
import { findAnomalies, type Anomaly, type AnomalyOptions } from './anomalies';
import { findUnusedKeys, type UnusedOptions } from './unused-keys';
import { UsageBuffer } from './usage-buffer';
import { UsageFlusher } from './usage-flusher';
import { dailyUsage, readRange, type DailyUsage, type DayRange } from './usage-report';

/** Options of {@link trackUsage}. */
export interface TrackUsageOptions {
  /** Where the counts are kept. */
  readonly store: UsageStore;
  /** Seconds between two flushes: 0.1 to 3,600, default 5. A killed process loses one interval at most. */
  readonly flushInterval?: number;
  /** Counts requests by what guards let pass, too: by `route`, by `scope`, or not (the default). */
  readonly by?: 'route' | 'scope';
  /** Called once with each batch that was written: for a meter of the host's own. */
  readonly onFlush?: (batch: UsageBatch) => void | Promise<void>;
}

/** Counts and reports. */
export interface Usage {
  /** Counts of a key for each day of the range, those without requests too. */
  daily(keyId: string, range?: DayRange): Promise<DailyUsage[]>;
  /** Rows of keys for billing; every key without `keyIds`. `rows: 'dimensions'` for routes or scopes. */
  rows(
    query?: DayRange & { readonly keyIds?: readonly string[]; readonly rows?: 'totals' | 'dimensions' },
  ): Promise<UsageRow[]>;
  /** Keys whose last complete day departs strongly from their own history. */
  anomalies(options?: AnomalyOptions): Promise<Anomaly[]>;
  /** Live keys that nobody has used for some days (default 90). @throws ApiKeyError `INVALID_REQUEST`. */
  unused(options?: UnusedOptions): Promise<KeyInfo[]>;
  /** Writes what is counted now; `false` when that failed and is tried again later. Never rejects. */
  flush(): Promise<boolean>;
  /** Stops counting and writes what is left. `keys.close()` does this too. Safe to call twice. */
  close(): Promise<void>;
}

/** Refusals that came after the token proved right: anyone can bring a wrong secret for a known id. */
const PROVEN = new Set<DenialReason>([
  'key_revoked',
  'key_disabled',
  'key_expired',
  'parent_invalid',
  'host_wrong',
  'scope_missing',
  'origin_missing',
  'origin_not_allowed',
  'ip_not_allowed',
  'check_refused',
]);

function readStore(store: unknown): UsageStore {
  const { add, read } = (store ?? {}) as Partial<UsageStore>;
  if (typeof add === 'function' && typeof read === 'function') return store as UsageStore;
  throw new ConfigurationError(
    'ERR_LATCHKEY_OPTION_INVALID',
    'trackUsage options.store',
    `must be a UsageStore, such as memoryUsageStore(); received ${shown(store)}.`,
  );
}

function readBy(by: unknown): 'route' | 'scope' | null {
  if (by === undefined) return null;
  if (by === 'route' || by === 'scope') return by;
  throw new ConfigurationError(
    'ERR_LATCHKEY_OPTION_INVALID',
    'trackUsage options.by',
    `must be "route" or "scope"; received ${shown(by)}.`,
  );
}

/**
 * Starts to count. Nothing is written while a request runs: counts stay in memory until the next flush.
 * @throws ConfigurationError for an unknown option or a value out of its range.
 */
export function trackUsage(keys: ApiKeys<never> | ApiKeys, options: TrackUsageOptions): Usage {
  const { service } = internalsOf(keys).runtime;
  readNames('trackUsage options', options, { store: true, flushInterval: true, by: true, onFlush: true });
  const store = readStore(options.store);
  const interval = readNumber('trackUsage options.flushInterval', options.flushInterval, 5, {
    from: 0.1,
    to: 3_600,
    unit: 'seconds',
    whole: false,
  });
  const by = readBy(options.by);
  const buffer = new UsageBuffer();
  const flusher = new UsageFlusher({
    buffer,
    store,
    touch: service.touch,
    onFlush: readFunction('trackUsage options.onFlush', options.onFlush),
    onFailure: (error) => {
      service.events.emit('failure', { task: 'flush of usage', error, at: service.clock() });
    },
  });

  const { events } = service;
  events.on('verified', ({ key, at }) => {
    buffer.count(key.id, 'requests', at);
  });
  events.on('denied', ({ keyId, reason, at }) => {
    if (keyId !== null && PROVEN.has(reason)) buffer.count(keyId, 'denied', at);
  });
  events.on('limited', ({ key, at }) => {
    if (key !== null) buffer.count(key.id, 'limited', at);
  });
  if (by !== null) {
    events.on('passed', ({ key, route, scopes, at }) => {
      buffer.countDimension(key.id, `${by}:${by === 'route' ? route : scopes.join(' ')}`, at);
    });
  }

  const timer = setInterval(() => {
    void flusher.flush();
  }, interval * 1000);
  timer.unref();

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    clearInterval(timer);
    return (closing ??= flusher.drain().then(() => undefined));
  };
  service.onClose(close);

  return Object.freeze({
    daily: (keyId: string, range: DayRange = {}) => dailyUsage(store, keyId, range, service.clock()),
    rows: (query: Parameters<Usage['rows']>[0] = {}) => {
      const { keyIds, rows, ...range } = query;
      return store.read({
        ...readRange(range, service.clock()),
        ...(keyIds === undefined ? {} : { keyIds }),
        ...(rows === undefined ? {} : { rows }),
      });
    },
    anomalies: async (judged: AnomalyOptions = {}) => {
      const day = dayOf(service.clock() - DAY);
      const from = dayOf(service.clock() - (1 + (judged.historyDays ?? 28)) * DAY);
      return findAnomalies(await store.read({ from, to: day }), day, judged);
    },
    unused: async (asked: UnusedOptions = {}) => {
      // What was counted since the last flush is use, too.
      await flusher.flush();
      return findUnusedKeys(service.list, asked, service.clock());
    },
    flush: () => flusher.flush(),
    close,
  });
}
