/** The plan that the script for writing gets: texts, and places of names. */
import type { KeyRecord } from '../../keys/key-record';
import type { RedisKeys } from './redis-keys';
import { countsAgainstCap, jsonOf, textOf } from './redis-record';

/** Places in KEYS of a script, given out as names are needed. */
export class KeyPlaces {
  readonly names: string[];

  constructor(keys: RedisKeys) {
    this.names = [keys.all, keys.expiry];
  }

  /** The place of a name, counted from 1 as Lua does. */
  of(name: string): number {
    const known = this.names.indexOf(name);
    return known === -1 ? this.names.push(name) : known + 1;
  }
}

/** What the script needs to write a record; `takes` is a look-up that the record takes for itself. */
export function recordPlan(
  keys: RedisKeys,
  places: KeyPlaces,
  record: KeyRecord,
  takes: string | null,
): Record<string, string | number> {
  return {
    id: record.id,
    key: places.of(keys.record(record.id)),
    owner: places.of(keys.owner(record.ownerId)),
    cap: places.of(keys.cap(record.ownerId, record.kind)),
    json: jsonOf(record),
    createdAt: String(record.createdAt),
    updatedAt: String(record.updatedAt),
    expiresAt: textOf(record.expiresAt),
    revokedAt: textOf(record.revokedAt),
    lastUsedAt: textOf(record.lastUsedAt),
    version: String(record.version),
    counts: countsAgainstCap(record) ? '1' : '0',
    ...(takes === null ? {} : { takes: places.of(keys.lookup(takes)) }),
  };
}
