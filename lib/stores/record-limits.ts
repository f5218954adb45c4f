/** What every store refuses before it writes: one set of limits, the same in all adapters. */
import { InvalidValueError, shown } from '../errors';
import { isKeyKind } from '../keys/kinds';
import type { KeyChanges, KeyRecord } from '../keys/key-record';
import type { ListQuery } from './key-store';

/**
 * The longest values that a store takes, in UTF-16 code units. The indexed ones stay within MySQL's index
 * key of 3,072 bytes.
 */
export const RECORD_LIMITS = {
  /** `id`, `parentId`, `replacedById`. */
  id: 128,
  lookup: 200,
  /** `ownerId`, `userId`. */
  owner: 191,
  hash: 500,
  name: 255,
  level: 128,
  description: 10_000,
  /** Each of `scopes`, `origins`, `addresses`, `hosts` and `metadata`, as JSON text. */
  json: 60_000,
  /** Records that {@link ListQuery.limit} may ask for. */
  listed: 1000,
} as const;

/** How deep metadata may nest. */
const METADATA_DEPTH = 32;

type Check = (field: string, value: unknown) => void;

function refuse(field: string, value: unknown, fix: string): never {
  throw new InvalidValueError(`${field}: ${fix}. Received ${shown(value)}`);
}

/**
 * Whether every database keeps `text` as it is: PostgreSQL takes no U+0000, and a surrogate without its
 * partner has no UTF-8 form.
 */
export function isStorableText(text: string): boolean {
  return !text.includes('\u0000') && !/\p{Surrogate}/u.test(text);
}

function checkCharacters(field: string, value: string): void {
  if (!isStorableText(value)) {
    refuse(field, value, 'must hold neither U+0000 nor a surrogate without its partner');
  }
}

function text(max: number, min = 0): Check {
  return (field, value) => {
    if (typeof value !== 'string') return refuse(field, value, 'must be a string');
    if (value.length < min) refuse(field, value, 'must not be empty');
    if (value.length > max) {
      throw new InvalidValueError(
        `${field}: must be at most ${String(max)} characters. Received ${String(value.length)}`,
      );
    }
    checkCharacters(field, value);
  };
}

function orNull(check: Check): Check {
  return (field, value) => {
    if (value !== null) check(field, value);
  };
}

function wholeNumber(min: number): Check {
  return (field, value) => {
    if (!Number.isSafeInteger(value) || (value as number) < min) {
      refuse(field, value, `must be a whole number of at least ${String(min)}`);
    }
  };
}

const time = wholeNumber(0);
const positive = wholeNumber(1);

function checkJsonLength(field: string, value: unknown): void {
  const { length } = JSON.stringify(value);
  if (length > RECORD_LIMITS.json) {
    throw new InvalidValueError(
      `${field}: must be at most ${String(RECORD_LIMITS.json)} characters as JSON. Received ${String(length)}`,
    );
  }
}

const textList: Check = (field, value) => {
  if (!Array.isArray(value)) return refuse(field, value, 'must be an array of strings');
  for (const [index, item] of (value as unknown[]).entries()) {
    const entry = `${field}[${String(index)}]`;
    if (typeof item !== 'string') refuse(entry, item, 'must be a string');
    else checkCharacters(entry, item);
  }
  checkJsonLength(field, value);
};

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // By shape, so that an object of another realm (a vm context, a test runner's sandbox) counts too.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Plain JSON data only, so that what is read back equals what was given. */
function checkJson(field: string, value: unknown, depth: number): void {
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'string') {
    checkCharacters(field, value);
    return;
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse(field, value, 'must be a finite number');
    return;
  }
  if (depth > METADATA_DEPTH) {
    throw new InvalidValueError(`${field}: must nest at most ${String(METADATA_DEPTH)} levels deep`);
  }
  if (Array.isArray(value)) {
    for (const [index, item] of (value as unknown[]).entries()) {
      checkJson(`${field}[${String(index)}]`, item, depth + 1);
    }
    return;
  }
  if (!isPlainObject(value)) return refuse(field, value, 'must be plain JSON data');
  for (const [key, item] of Object.entries(value)) {
    checkCharacters(`a name in ${field}`, key);
    checkJson(`${field}.${key}`, item, depth + 1);
  }
}

const metadata: Check = (field, value) => {
  if (!isPlainObject(value)) return refuse(field, value, 'must be a plain object');
  checkJson(field, value, 1);
  checkJsonLength(field, value);
};

function object(checks: Readonly<Record<string, Check>>): Check {
  return (field, value) => {
    if (!isPlainObject(value)) return refuse(field, value, 'must be a plain object');
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(checks, key)) refuse(field, key, 'has a field that it does not know');
    }
    for (const [key, check] of Object.entries(checks)) check(`${field}.${key}`, value[key]);
  };
}

const CHANGEABLE = {
  hash: text(RECORD_LIMITS.hash, 1),
  lookup: orNull(text(RECORD_LIMITS.lookup, 1)),
  name: text(RECORD_LIMITS.name),
  description: text(RECORD_LIMITS.description),
  userId: orNull(text(RECORD_LIMITS.owner, 1)),
  scopes: textList,
  level: orNull(text(RECORD_LIMITS.level, 1)),
  origins: textList,
  addresses: textList,
  hosts: textList,
  rateLimit: orNull(object({ limit: positive, windowSeconds: positive })),
  quota: orNull(
    object({
      limit: positive,
      period: (field, value) => {
        if (value !== 'day' && value !== 'month') refuse(field, value, 'must be "day" or "month"');
      },
    }),
  ),
  metadata,
  expiresAt: orNull(time),
  disabledAt: orNull(time),
  rotatedAt: orNull(time),
  replacedById: orNull(text(RECORD_LIMITS.id, 1)),
} satisfies Record<keyof KeyChanges, Check>;

const FIXED = {
  id: text(RECORD_LIMITS.id, 1),
  kind: (field, value) => {
    if (!isKeyKind(value)) refuse(field, value, 'must be a kind of key');
  },
  ownerId: text(RECORD_LIMITS.owner, 1),
  parentId: orNull(text(RECORD_LIMITS.id, 1)),
  createdAt: time,
  updatedAt: time,
  revokedAt: orNull(time),
  lastUsedAt: orNull(time),
  version: positive,
} satisfies Record<Exclude<keyof KeyRecord, keyof KeyChanges>, Check>;

/** The names of all fields of a record; the compiler keeps the list complete. */
export const RECORD_FIELDS: readonly (keyof KeyRecord)[] = [
  ...(Object.keys(FIXED) as (keyof typeof FIXED)[]),
  ...(Object.keys(CHANGEABLE) as (keyof typeof CHANGEABLE)[]),
];

/**
 * Refuses a record that some database could not keep exactly.
 *
 * @throws InvalidValueError that names the field.
 */
export function checkRecord(record: KeyRecord): void {
  for (const [field, check] of Object.entries(FIXED)) check(field, record[field as keyof KeyRecord]);
  for (const [field, check] of Object.entries(CHANGEABLE)) check(field, record[field as keyof KeyRecord]);
}

/**
 * Refuses changes that some database could not keep exactly, and names that no update may change. Answers
 * the changes without the fields that are `undefined`.
 *
 * @throws InvalidValueError that names the field.
 */
export function checkChanges(changes: KeyChanges): KeyChanges {
  const named: Record<string, unknown> = {};
  for (const [field, value] of Object.entries<unknown>(changes)) {
    if (!Object.hasOwn(CHANGEABLE, field)) refuse('changes', field, 'has a field that no update may change');
    if (value === undefined) continue;
    CHANGEABLE[field as keyof KeyChanges](field, value);
    named[field] = value;
  }
  return named;
}

/**
 * Refuses a list query with a limit out of range.
 *
 * @throws InvalidValueError that names the field.
 */
export function checkListQuery(query: ListQuery): void {
  if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > RECORD_LIMITS.listed) {
    refuse('limit', query.limit, `must be a whole number from 1 to ${String(RECORD_LIMITS.listed)}`);
  }
}

/** Whether a record with this id, owner or lookup can exist; a store need not be asked for any other. */
export function canBeStored(value: string): boolean {
  return value !== '' && value.length <= RECORD_LIMITS.lookup && isStorableText(value);
}
