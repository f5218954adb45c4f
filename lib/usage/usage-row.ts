/** What is counted: one row for each key, day and dimension. */

/** Counts of a key on a day. All counts are whole numbers from 0. */
export interface UsageCounts {
  /** Requests that authentication admitted with the key. */
  readonly requests: number;
  /** Requests that were refused although the token was right: expired, revoked, scope missing, wrong origin. */
  readonly denied: number;
  /** Requests that a limit refused. */
  readonly limited: number;
}

/** One row. Rows of one key, day and dimension add up. */
export interface UsageRow extends UsageCounts {
  readonly keyId: string;
  /** The day in UTC, `YYYY-MM-DD`. */
  readonly day: string;
  /** Empty for the key's totals; else `route:…` or `scope:…`, which count requests alone. */
  readonly dimension: string;
}

/** Milliseconds of a day. */
export const DAY = 86_400_000;

/** The day in UTC of a time in ms since the epoch. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** Whether a text is a day of the calendar, `YYYY-MM-DD`. */
export function isDay(text: unknown): text is string {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && dayOf(time) === text;
}
