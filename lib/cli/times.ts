/** Times and durations, as people write and read them. */
import { isoSeconds } from '../denials';
import { shown } from '../errors';
import { usageError } from './cli-error';

const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 } as const;
const DURATION = /^(0|[1-9][0-9]{0,8})([smhdw])$/;
const NAMED = { second: 1, minute: 60, hour: 3_600, day: 86_400 } as const;
/** A date, or a date and a time with its zone: without one it would depend on where the command runs. */
const MOMENT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;
const RATE = /^([1-9][0-9]{0,9})\/(.+)$/;

/** Seconds of `30s`, `15m`, `12h`, `90d` or `2w`, or `null` for another text. */
function secondsOf(text: string): number | null {
  const [, count, unit] = DURATION.exec(text) ?? [];
  return count === undefined ? null : Number(count) * UNITS[unit as keyof typeof UNITS];
}

/** A duration in seconds. @throws CliError for what is none. */
export function readDuration(option: string, text: string): number {
  const seconds = secondsOf(text);
  if (seconds !== null) return seconds;
  throw usageError(`${option} must be a duration such as 30s, 15m, 12h, 90d or 2w; received ${shown(text)}.`);
}

/** A moment in ms since the epoch: ISO 8601 with a zone, or a date, which begins in UTC; `null` for others. */
export function momentOf(text: string): number | null {
  const day = text.slice(0, 10);
  const begins = MOMENT.test(text) ? Date.parse(day) : NaN;
  // The parser takes 30 February for 2 March.
  if (Number.isNaN(begins) || !isoSeconds(begins).startsWith(day)) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : time;
}

/** A moment, or a duration from `now` on. @throws CliError for what is neither. */
export function readMoment(option: string, text: string, now: number): number {
  const seconds = secondsOf(text);
  const time = seconds === null ? momentOf(text) : now + seconds * 1000;
  if (time !== null) return time;
  throw usageError(
    `${option} must be a date such as 2027-01-31, a time such as 2027-01-31T12:00:00Z, or a duration such as 90d; ` +
      `received ${shown(text)}.`,
  );
}

/** `1000/hour`, `100/30s` or `1000/3600` as a limit and its window, or `null` for another text. */
export function rateOf(text: string): { readonly limit: number; readonly windowSeconds: number } | null {
  const [, limit, window = ''] = RATE.exec(text) ?? [];
  if (limit === undefined) return null;
  const named = Object.hasOwn(NAMED, window) ? NAMED[window as keyof typeof NAMED] : null;
  const windowSeconds =
    named ?? secondsOf(window) ?? (/^[1-9][0-9]{0,8}$/.test(window) ? Number(window) : null);
  return windowSeconds === null ? null : { limit: Number(limit), windowSeconds };
}

/** `10000/day` or `100000/month` as a quota, or `null` for another text. */
export function quotaOf(text: string): { readonly limit: number; readonly period: 'day' | 'month' } | null {
  const [, limit, period] = RATE.exec(text) ?? [];
  return limit !== undefined && (period === 'day' || period === 'month')
    ? { limit: Number(limit), period }
    : null;
}

/** A time for a table: `2027-01-31 12:00`, UTC; `-` for none. */
export function readable(time: number | null): string {
  return time === null ? '-' : isoSeconds(time).slice(0, 16).replace('T', ' ');
}

/** A duration for people, in the largest unit that divides it. */
export function readableSeconds(seconds: number): string {
  const unit = (['d', 'h', 'm'] as const).find((name) => seconds > 0 && seconds % UNITS[name] === 0) ?? 's';
  return `${String(seconds / UNITS[unit])}${unit}`;
}
