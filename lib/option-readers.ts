/** Readers of single options: each returns the checked value or throws a ConfigurationError with the fix. */
import { ConfigurationError, shown } from './errors';

/** An option has a value that it cannot have. */
export function invalidOption(subject: string, message: string): ConfigurationError {
  return new ConfigurationError('ERR_LATCHKEY_OPTION_INVALID', subject, message);
}

/** An object whose names are all known. @throws ConfigurationError for anything else. */
export function readNames(
  subject: string,
  value: unknown,
  known: Readonly<Record<string, true>>,
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidOption(subject, `must be an object; received ${shown(value)}.`);
  }
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(known, name)) continue;
    throw new ConfigurationError(
      'ERR_LATCHKEY_OPTION_UNKNOWN',
      `${subject}.${name}`,
      `is not an option. Known: ${Object.keys(known).join(', ')}.`,
    );
  }
  return value as Record<string, unknown>;
}

/** A number within a range. @throws ConfigurationError for anything else. */
export function readNumber(
  subject: string,
  value: number | undefined,
  fallback: number,
  range: { readonly from: number; readonly to: number; readonly unit: string; readonly whole: boolean },
): number {
  if (value === undefined) return fallback;
  const { from, to, unit, whole } = range;
  const isNumber = typeof value === 'number' && value >= from && value <= to;
  if (isNumber && (!whole || Number.isInteger(value))) return value;
  const kind = whole ? 'a whole number' : 'a number';
  throw invalidOption(
    subject,
    `must be ${kind} from ${String(from)} to ${String(to)} (${unit}); received ${shown(value)}.`,
  );
}

/** A boolean. @throws ConfigurationError for anything else. */
export function readBoolean(subject: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value === 'boolean') return value;
  throw invalidOption(subject, `must be true or false; received ${shown(value)}.`);
}

/** A function, or `null` for none. @throws ConfigurationError for anything else. */
export function readFunction<F>(subject: string, value: F | undefined): F | null {
  if (value === undefined) return null;
  if (typeof value === 'function') return value;
  throw invalidOption(subject, `must be a function; received ${shown(value)}.`);
}
