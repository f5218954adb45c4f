/** reportMetrics(): counts and times for OpenTelemetry. */
import { internalsOf, type ApiKeys } from '../api-keys';
import { ConfigurationError, shown } from '../errors';
import type { MeterLike } from './meter-like';

/** States of the breaker as numbers: 0 is good. */
const BREAKER = { closed: 0, 'half-open': 1, open: 2 } as const;

function readMeter(meter: unknown): MeterLike {
  const candidate = (typeof meter === 'object' && meter !== null ? meter : {}) as Partial<MeterLike>;
  if (typeof candidate.createCounter === 'function' && typeof candidate.createHistogram === 'function') {
    return meter as MeterLike;
  }
  throw new ConfigurationError(
    'ERR_LATCHKEY_OPTION_INVALID',
    'reportMetrics meter',
    `must be a Meter, such as metrics.getMeter('latchkey'); received ${shown(meter)}.`,
  );
}

/**
 * Reports to a meter of the OpenTelemetry API:
 *
 * | name | kind | attributes |
 * |---|---|---|
 * | `latchkey.verifications` | counter | `outcome` (`granted`, `denied`), `kind` or `reason` |
 * | `latchkey.cache.lookups` | counter | `result` (`hit`, `miss`) |
 * | `latchkey.cache.keys` | gauge | |
 * | `latchkey.store.duration` | histogram, ms | `operation`, `ok` |
 * | `latchkey.hash.duration` | histogram, ms | `algorithm` |
 * | `latchkey.limited` | counter | `limit` (its name) |
 * | `latchkey.store.breaker` | gauge | 0 closed, 1 half open, 2 open |
 * | `latchkey.failures` | counter | `task` |
 *
 * @throws ConfigurationError when `meter` is no meter, or `keys` comes from elsewhere.
 */
export function reportMetrics(keys: ApiKeys<never> | ApiKeys, meter: MeterLike): void {
  const { service } = internalsOf(keys).runtime;
  const { events } = service;
  const to = readMeter(meter);

  const verifications = to.createCounter('latchkey.verifications', {
    description: 'Verified and refused requests',
  });
  const stores = to.createHistogram('latchkey.store.duration', {
    description: 'Duration of calls to the store',
    unit: 'ms',
  });
  const hashes = to.createHistogram('latchkey.hash.duration', {
    description: 'Duration of comparing a token with its stored hash',
    unit: 'ms',
  });
  const limited = to.createCounter('latchkey.limited', { description: 'Requests that a limit refused' });
  const failures = to.createCounter('latchkey.failures', {
    description: 'Failures of work in the background',
  });

  events.on('verified', ({ key }) => {
    verifications.add(1, { outcome: 'granted', kind: key.kind });
  });
  events.on('denied', ({ reason }) => {
    verifications.add(1, { outcome: 'denied', reason });
  });
  events.on('store_call', ({ operation, ms, ok }) => {
    stores.record(ms, { operation, ok });
  });
  events.on('hash_compared', ({ algorithm, ms }) => {
    hashes.record(ms, { algorithm });
  });
  events.on('limited', ({ name }) => {
    limited.add(1, { limit: name });
  });
  events.on('failure', ({ task }) => {
    failures.add(1, { task });
  });

  to.createObservableCounter('latchkey.cache.lookups', {
    description: 'Verifications by whether the cache could answer them',
  }).addCallback((result) => {
    const { hits, misses } = service.cacheCounts();
    result.observe(hits, { result: 'hit' });
    result.observe(misses, { result: 'miss' });
  });
  to.createObservableGauge('latchkey.cache.keys', { description: 'Keys held in memory' }).addCallback(
    (result) => {
      result.observe(service.cacheSize().keys);
    },
  );
  to.createObservableGauge('latchkey.store.breaker', {
    description: 'State of the circuit breaker: 0 closed, 1 half open, 2 open',
  }).addCallback((result) => {
    result.observe(BREAKER[service.breakerState()]);
  });
}
