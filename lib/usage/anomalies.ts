/** Finds keys whose last day departs strongly from their own history. */
import type { UsageRow } from '../stores/usage-store';
import { DAY, dayOf } from './days';
import { everyDay } from './usage-report';

/** What is unusual about a key. */
export interface Anomaly {
  readonly keyId: string;
  /** The day that was judged, `YYYY-MM-DD`. */
  readonly day: string;
  readonly what: 'requests' | 'denied';
  /** Counted on that day. */
  readonly count: number;
  /** Median of the days before. */
  readonly usual: number;
  /** From here on a count is unusual. */
  readonly threshold: number;
}

/** How {@link findAnomalies} judges. */
export interface AnomalyOptions {
  /** Days of history: 7 to 90, default 28. A key needs at least 7 days with requests to be judged. */
  readonly historyDays?: number;
  /** How many times the usual spread a count must exceed the usual: default 6. */
  readonly factor?: number;
  /** Counts below this are never unusual: default 100. */
  readonly minimum?: number;
}

const MIN_ACTIVE_DAYS = 7;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

/**
 * Judges the last complete day of each key against the days before it: median plus `factor` times the median
 * absolute deviation, which a single earlier peak does not move. Simple by intention: a hint for people.
 * @param rows Totals of the day and of the history before it.
 * @param day The day to judge, `YYYY-MM-DD`.
 */
export function findAnomalies(
  rows: readonly UsageRow[],
  day: string,
  options: AnomalyOptions = {},
): Anomaly[] {
  const { historyDays = 28, factor = 6, minimum = 100 } = options;
  const start = Date.parse(day);
  const history = everyDay(dayOf(start - historyDays * DAY), dayOf(start - DAY));
  const byKey = new Map<string, Map<string, UsageRow>>();
  for (const row of rows) {
    const days = byKey.get(row.keyId) ?? new Map<string, UsageRow>();
    days.set(row.day, row);
    byKey.set(row.keyId, days);
  }
  const found: Anomaly[] = [];
  for (const [keyId, days] of byKey) {
    const active = history.filter((past) => (days.get(past)?.requests ?? 0) > 0).length;
    if (active < MIN_ACTIVE_DAYS) continue;
    for (const what of ['requests', 'denied'] as const) {
      const past = history.map((earlier) => days.get(earlier)?.[what] ?? 0);
      const usual = median(past);
      const spread = median(past.map((count) => Math.abs(count - usual)));
      // A key that does the same every day has no spread: a tenth of the usual stands in for it.
      const threshold = Math.max(minimum, Math.ceil(usual + factor * Math.max(spread, usual / 10, 1)));
      const count = days.get(day)?.[what] ?? 0;
      if (count >= threshold) found.push({ keyId, day, what, count, usual, threshold });
    }
  }
  return found;
}
