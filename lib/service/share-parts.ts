/** Lets records share what is equal in them: most keys of an app have the same scopes and no conditions. */
import { LRUCache } from 'lru-cache';
import type { KeyRecord } from '../keys/key-record';
import { KEY_KINDS } from '../keys/kinds';

/** How many different lists of scopes are held. */
const MAX_LISTS = 1_000;
const NONE: readonly string[] = Object.freeze([]);
const NO_METADATA = Object.freeze({});

/** A copy of a record that shares its parts with equal records; what is shared is frozen. */
export type ShareParts = (record: KeyRecord) => KeyRecord;

/** Makes {@link ShareParts}. A record with nothing of its own takes about 300 bytes less. */
export function createShareParts(): ShareParts {
  const lists = new LRUCache<string, readonly string[]>({ max: MAX_LISTS });

  function shared(list: readonly string[]): readonly string[] {
    const name = JSON.stringify(list);
    let known = lists.get(name);
    if (known === undefined) {
      known = Object.freeze([...list]);
      lists.set(name, known);
    }
    return known;
  }

  const orNone = (list: readonly string[]): readonly string[] => (list.length === 0 ? NONE : list);

  // Field by field: the copy of a spread object takes 500 bytes more.
  return (record) => ({
    id: record.id,
    // A driver makes a string of its own for each row.
    kind: KEY_KINDS.find((kind) => kind === record.kind) ?? record.kind,
    hash: record.hash,
    lookup: record.lookup,
    name: record.name,
    description: record.description,
    ownerId: record.ownerId,
    userId: record.userId,
    scopes: shared(record.scopes),
    level: record.level,
    origins: orNone(record.origins),
    addresses: orNone(record.addresses),
    hosts: orNone(record.hosts),
    rateLimit: record.rateLimit,
    quota: record.quota,
    parentId: record.parentId,
    metadata: Object.keys(record.metadata).length === 0 ? NO_METADATA : record.metadata,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    expiresAt: record.expiresAt,
    disabledAt: record.disabledAt,
    revokedAt: record.revokedAt,
    rotatedAt: record.rotatedAt,
    replacedById: record.replacedById,
    lastUsedAt: record.lastUsedAt,
    version: record.version,
  });
}
