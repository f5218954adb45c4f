/** Calendar periods in UTC. */
import type { Quota } from '../keys/key-record';

const DAY = 86_400_000;

/** When the period that holds `now` ends, in ms since the epoch. */
export function endOfPeriod(period: Quota['period'], now: number): number {
  if (period === 'day') return (Math.floor(now / DAY) + 1) * DAY;
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

/** The name of the period that holds `now`, such as `2026-11-22` or `2026-11`. */
export function periodName(period: Quota['period'], now: number): string {
  return new Date(now).toISOString().slice(0, period === 'day' ? 10 : 7);
}
