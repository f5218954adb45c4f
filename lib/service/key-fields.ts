/** What a caller may say about a key: every field is checked and normalized in this one place. */
import { invalidField } from '../denials';
import { ApiKeyError, InvalidValueError, shown } from '../errors';
import { normalizeAddress } from '../keys/addresses';
import { normalizeHost } from '../keys/hosts';
import type { KeyChanges, KeyMetadata, Quota, RateLimit } from '../keys/key-record';
import type { KeyKind } from '../keys/kinds';
import { normalizeOrigin } from '../keys/origin-list';
import type { ScopeInput } from '../keys/scope';
import type { ScopeCatalogue } from '../keys/scope-catalogue';
import {
  isStorable,
  readAnyObject,
  readCount,
  readEntries,
  readLine,
  readList,
  readObject,
  refuse,
} from './field-readers';

/** The fields that creation and update share. */
export interface KeyFields {
  /** 1 to 200 characters, no control characters. */
  readonly name?: string;
  /** At most 2,000 characters. */
  readonly description?: string;
  /** The user that the key acts as; `null` for none. At most 128 characters. */
  readonly userId?: string | null;
  /** 1 to 100 scopes, as text or `{ resource, action?, resourceId? }`. */
  readonly scopes?: readonly ScopeInput[];
  /** A level of the catalogue that caps the scopes; `null` for none. */
  readonly level?: string | null;
  /** Publishable keys: the origins that may use the key; at most 100. An empty list allows nobody. */
  readonly origins?: readonly string[];
  /** Addresses and CIDR ranges that may use the key; at most 100. Empty sets no condition. */
  readonly addresses?: readonly string[];
  /** Host names that the key belongs to; at most 100. Empty sets no condition. */
  readonly hosts?: readonly string[];
  /** Overrides the limit that the host gives to the key's kind or level; `null` for none. */
  readonly rateLimit?: RateLimit | null;
  /** Requests a calendar period (UTC); `null` for no quota. */
  readonly quota?: Quota | null;
  /** Plain JSON, at most 4,096 bytes and 32 levels deep. */
  readonly metadata?: KeyMetadata;
  /** When the key expires: a `Date`, or ms since the epoch, in the future; `null` for never. */
  readonly expiresAt?: Date | number | null;
}

const MAX_NAME = 200;
const MAX_DESCRIPTION = 2_000;
const MAX_ID = 128;
const MAX_METADATA_BYTES = 4_096;
/** Stores take no deeper ones. */
const MAX_METADATA_DEPTH = 32;
const MAX_COUNT = 1_000_000_000;
/** A year, in seconds: no window is longer. */
const MAX_WINDOW = 31_536_000;
/** The end of the year 9999, which is as far as ISO 8601 dates of four digits go. */
const MAX_TIME = 253_402_300_799_000;

/** The name of a key. */
export function readName(value: unknown): string {
  return readLine('name', value, MAX_NAME);
}

/** The id of an owner or a user. */
export function readId(field: string, value: unknown): string {
  return readLine(field, value, MAX_ID);
}

function readDescription(value: unknown): string {
  if (typeof value !== 'string') return refuse('description', `must be a string; received ${shown(value)}`);
  if (value.length > MAX_DESCRIPTION) {
    return refuse('description', `must have at most ${String(MAX_DESCRIPTION)} characters`, {
      maximum: MAX_DESCRIPTION,
    });
  }
  if (!isStorable(value)) return refuse('description', 'must not hold U+0000 or broken Unicode');
  return value;
}

/** Scopes as they are stored: in the notation in which they were written, each once. */
export function readScopes(value: unknown, kind: KeyKind, catalogue: ScopeCatalogue): readonly string[] {
  const list = readList('scopes', value);
  if (list.length === 0) return refuse('scopes', 'must not be empty: an empty list would grant nothing');
  const scopes = new Map<string, string>();
  for (const entry of list) {
    let scope;
    try {
      scope = catalogue.parse(entry as ScopeInput);
    } catch (error) {
      if (error instanceof InvalidValueError) return refuse('scopes', `is invalid: ${error.message}`);
      throw error;
    }
    if (kind === 'publishable' && !catalogue.isPublishable(scope)) {
      return refuse(
        'scopes',
        `must hold scopes that a publishable key may have; received ${shown(scope.text)}`,
      );
    }
    if (!scopes.has(scope.canonical)) scopes.set(scope.canonical, scope.text);
  }
  return [...scopes.values()];
}

/** The name of a level, or `null`. */
export function readLevel(value: unknown, catalogue: ScopeCatalogue): string | null {
  if (value === null) return null;
  if (typeof value === 'string' && catalogue.levels.includes(value)) return value;
  const known = catalogue.levels.map((level) => shown(level)).join(', ');
  return refuse(
    'level',
    known === '' ? 'needs a catalogue with levels' : `must be one of ${known}; received ${shown(value)}`,
  );
}

function readRateLimit(value: unknown): RateLimit | null {
  if (value === null) return null;
  const { limit, windowSeconds } = readObject('rateLimit', value, ['limit', 'windowSeconds']);
  return {
    limit: readCount('rateLimit.limit', limit, MAX_COUNT),
    windowSeconds: readCount('rateLimit.windowSeconds', windowSeconds, MAX_WINDOW),
  };
}

function readQuota(value: unknown): Quota | null {
  if (value === null) return null;
  const { limit, period } = readObject('quota', value, ['limit', 'period']);
  if (period !== 'day' && period !== 'month') {
    return refuse('quota.period', `must be "day" or "month"; received ${shown(period)}`);
  }
  return { limit: readCount('quota.limit', limit, MAX_COUNT), period };
}

/** `undefined` where `toJSON` says so, which the compiler does not know. */
function jsonOf(value: unknown): string | undefined {
  return JSON.stringify(value);
}

function readMetadata(value: unknown): KeyMetadata {
  let text: string | undefined;
  try {
    text = jsonOf(readAnyObject('metadata', value));
  } catch (error) {
    if (error instanceof ApiKeyError) throw error;
    return refuse('metadata', 'must be plain JSON');
  }
  if (text?.startsWith('{') !== true) return refuse('metadata', 'must be plain JSON');
  if (Buffer.byteLength(text) > MAX_METADATA_BYTES) {
    return refuse('metadata', `must have at most ${String(MAX_METADATA_BYTES)} bytes as JSON`, {
      maximum: MAX_METADATA_BYTES,
    });
  }
  const metadata = JSON.parse(text, (name, entry: unknown) => {
    if (!isStorable(name) || (typeof entry === 'string' && !isStorable(entry))) {
      refuse('metadata', 'must not hold U+0000 or broken Unicode');
    }
    return entry;
  }) as KeyMetadata;
  if (depthOf(metadata) > MAX_METADATA_DEPTH) {
    return refuse('metadata', `must nest at most ${String(MAX_METADATA_DEPTH)} levels deep`);
  }
  return metadata;
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/** An expiry in ms since the epoch, in the future, or `null`. */
export function readExpiry(value: unknown, now: number): number | null {
  if (value === null) return null;
  const time = value instanceof Date ? value.getTime() : value;
  if (typeof time !== 'number' || !Number.isFinite(time)) {
    return refuse('expiresAt', `must be a Date or a number of ms since 1970; received ${shown(value)}`);
  }
  if (time > MAX_TIME) return refuse('expiresAt', 'must be before the year 10000');
  if (time <= now) {
    return refuse(
      'expiresAt',
      time > 0 && time * 1000 > now && time * 1000 <= MAX_TIME
        ? 'must be in the future; this looks like seconds, and ms are expected'
        : 'must be in the future',
    );
  }
  return Math.floor(time);
}

/** What a record of this kind may be changed to: each field that is given, checked and normalized. */
export function readFields(
  fields: KeyFields,
  kind: KeyKind,
  catalogue: ScopeCatalogue,
  now: number,
): KeyChanges {
  const changes: { -readonly [Name in keyof KeyChanges]: KeyChanges[Name] } = {};
  if (fields.name !== undefined) changes.name = readName(fields.name);
  if (fields.description !== undefined) changes.description = readDescription(fields.description);
  if (fields.userId !== undefined) {
    changes.userId = fields.userId === null ? null : readId('userId', fields.userId);
  }
  if (fields.scopes !== undefined) changes.scopes = readScopes(fields.scopes, kind, catalogue);
  if (fields.level !== undefined) changes.level = readLevel(fields.level, catalogue);
  if (fields.origins !== undefined) {
    const origins = readEntries('origins', fields.origins, normalizeOrigin);
    if (kind !== 'publishable' && origins.length > 0) {
      refuse('origins', `belong to publishable keys; this key is ${kind}`);
    }
    changes.origins = origins;
  }
  if (fields.addresses !== undefined) {
    changes.addresses = readEntries('addresses', fields.addresses, normalizeAddress);
  }
  if (fields.hosts !== undefined) changes.hosts = readEntries('hosts', fields.hosts, normalizeHost);
  if (fields.rateLimit !== undefined) changes.rateLimit = readRateLimit(fields.rateLimit);
  if (fields.quota !== undefined) changes.quota = readQuota(fields.quota);
  if (fields.metadata !== undefined) changes.metadata = readMetadata(fields.metadata);
  if (fields.expiresAt !== undefined) changes.expiresAt = readExpiry(fields.expiresAt, now);
  return changes;
}

/**
 * Refuses what is no object, and names of fields that are not there to be set.
 * @throws ApiKeyError `INVALID_REQUEST` for the first one.
 */
export function refuseUnknown(input: object, known: readonly string[]): void {
  readAnyObject('input', input);
  const unknown = Object.keys(input).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new ApiKeyError(
      invalidField(unknown, `${shown(unknown)} is not a field that can be set; known: ${known.join(', ')}`),
    );
  }
}
