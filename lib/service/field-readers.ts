/** Readers of single values: each returns the checked value or refuses with a 400 that names the field. */
import { invalidField } from '../denials';
import { ApiKeyError, InvalidValueError, shown } from '../errors';

const MAX_LIST = 100;

/** Control characters, NUL included, and halves of surrogate pairs, which no database keeps alike. */
const UNPRINTABLE = /[\p{Cc}\p{Surrogate}]/u;

/** Whether every database can keep a text: it holds no U+0000 and no half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text);
}

/** Refuses a field. @throws ApiKeyError `INVALID_REQUEST`, whose sentence starts with the field. */
export function refuse(field: string, sentence: string, details?: Readonly<Record<string, unknown>>): never {
  throw new ApiKeyError(invalidField(field, `${field} ${sentence}`, details));
}

/** A line of text: nothing is trimmed; refused when it holds what a terminal or a database trips over. */
export function readLine(field: string, value: unknown, maximum: number): string {
  if (typeof value !== 'string') return refuse(field, `must be a string; received ${shown(value)}`);
  if (value.trim() === '') return refuse(field, 'must not be empty');
  if (value.length > maximum)
    return refuse(field, `must have at most ${String(maximum)} characters`, { maximum });
  if (UNPRINTABLE.test(value)) return refuse(field, 'must not hold control characters or broken Unicode');
  return value;
}

/** An array of at most 100 entries. */
export function readList(field: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return refuse(field, `must be an array; received ${shown(value)}`);
  if (value.length > MAX_LIST) {
    return refuse(field, `must have at most ${String(MAX_LIST)} entries`, { maximum: MAX_LIST });
  }
  return value;
}

/** Runs a parser of `keys/` on one entry; what it finds wrong becomes a 400 that names the field. */
function readEntry<T>(field: string, entry: unknown, parse: (text: string) => T): T {
  if (typeof entry !== 'string') return refuse(field, `must hold strings; received ${shown(entry)}`);
  try {
    return parse(entry);
  } catch (error) {
    if (error instanceof InvalidValueError) return refuse(field, `is invalid: ${error.message}`);
    throw error;
  }
}

/** An array of strings, each normalized, each once. */
export function readEntries(
  field: string,
  value: unknown,
  normalize: (text: string) => string,
): readonly string[] {
  return [...new Set(readList(field, value).map((entry) => readEntry(field, entry, normalize)))];
}

/** A whole number from 1 to `maximum`. */
export function readCount(field: string, value: unknown, maximum: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maximum) return value;
  return refuse(field, `must be a whole number from 1 to ${String(maximum)}; received ${shown(value)}`, {
    minimum: 1,
    maximum,
  });
}

/** An object that is no array. */
export function readAnyObject(field: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(field, `must be an object; received ${shown(value)}`);
  }
  return value as Record<string, unknown>;
}

/** An object that has no other fields than `names`. */
export function readObject(field: string, value: unknown, names: readonly string[]): Record<string, unknown> {
  const object = readAnyObject(field, value);
  const unknown = Object.keys(object).find((name) => !names.includes(name));
  if (unknown !== undefined) return refuse(field, `must not have the field ${shown(unknown)}`);
  return object;
}
