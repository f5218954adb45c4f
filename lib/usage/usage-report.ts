/** Reads usage: by day, for billing, and what looks unusual. */
import { invalidField } from '../denials';
import { ApiKeyError, shown } from '../errors';
import type { UsageCounts, UsageRow, UsageStore } from '../stores/usage-store';
import { DAY, dayOf, isDay } from './days';

/** A range of days in UTC, both included. */
export interface DayRange {
  /** `YYYY-MM-DD`. Default: 29 days before `to`. */
  readonly from?: string;
  /** `YYYY-MM-DD`. Default: today. */
  readonly to?: string;
}

/** Counts of one day. */
export interface DailyUsage extends UsageCounts {
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
}

/** Longest range that is read at once, in days. */
const MAX_DAYS = 400;

/**
 * A complete range.
 * @throws ApiKeyError `INVALID_REQUEST` for what is no day, a range that ends before it starts, or one of more
 * than 400 days.
 */
export function readRange(range: DayRange, now: number): { readonly from: string; readonly to: string } {
  for (const field of ['from', 'to'] as const) {
    const day = range[field];
    if (day !== undefined && !isDay(day)) {
      throw new ApiKeyError(
        invalidField(field, `${field} must be a day such as 2026-01-31; received ${shown(day)}`),
      );
    }
  }
  const to = range.to ?? dayOf(now);
  const from = range.from ?? dayOf(Date.parse(`${to}T00:00:00Z`) - 29 * DAY);
  const days = (Date.parse(to) - Date.parse(from)) / DAY + 1;
  if (days < 1) throw new ApiKeyError(invalidField('from', 'from must not be after to'));
  if (days > MAX_DAYS) {
    throw new ApiKeyError(
      invalidField('from', `the range must have at most ${String(MAX_DAYS)} days`, { maximum: MAX_DAYS }),
    );
  }
  return { from, to };
}

/** Every day of a range, those without requests too. */
export function everyDay(from: string, to: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY) days.push(dayOf(at));
  return days;
}

/** Counts of a key for each day of the range. */
export async function dailyUsage(
  store: UsageStore,
  keyId: string,
  range: DayRange,
  now: number,
): Promise<DailyUsage[]> {
  const { from, to } = readRange(range, now);
  const rows = new Map(
    (await store.read({ keyIds: [keyId], from, to })).map((row) => [row.day, row] as const),
  );
  return everyDay(from, to).map((day) => {
    const { requests = 0, denied = 0, limited = 0 } = rows.get(day) ?? {};
    return { day, requests, denied, limited };
  });
}

const COLUMNS = ['key_id', 'day', 'dimension', 'requests', 'denied', 'limited'] as const;

/** A field of RFC 4180, and never a formula: a spreadsheet runs what starts with these characters. */
function csvField(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows as CSV (RFC 4180) with a header line. */
export function usageToCsv(rows: readonly UsageRow[]): string {
  const lines = rows.map((row) => {
    return [row.keyId, row.day, row.dimension, row.requests, row.denied, row.limited].map(csvField).join(',');
  });
  return [COLUMNS.join(','), ...lines, ''].join('\r\n');
}

/** Rows as JSON, one object a row, with the names of the CSV. */
export function usageToJson(rows: readonly UsageRow[]): string {
  return JSON.stringify(
    rows.map((row) => ({
      key_id: row.keyId,
      day: row.day,
      dimension: row.dimension,
      requests: row.requests,
      denied: row.denied,
      limited: row.limited,
    })),
  );
}
