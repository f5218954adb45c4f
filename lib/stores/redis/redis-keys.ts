/** The names of everything that the store keeps in Redis. */

/** Names under one prefix. The prefix holds a hash tag, so that a cluster keeps all of them in one slot. */
export interface RedisKeys {
  /** Hash of a record. */
  readonly record: (id: string) => string;
  /** The id of an imported record. */
  readonly lookup: (lookup: string) => string;
  /** Sorted set of all ids by creation. */
  readonly all: string;
  /** Sorted set of an owner's ids by creation. */
  readonly owner: (ownerId: string) => string;
  /** Sorted set of the ids that count against an owner's cap, by expiry. */
  readonly cap: (ownerId: string, kind: string) => string;
  /** Sorted set of the ids that expire, by expiry. */
  readonly expiry: string;
}

/** The names under `prefix`. */
export function redisKeys(prefix: string): RedisKeys {
  return {
    record: (id) => `${prefix}key:${id}`,
    lookup: (lookup) => `${prefix}lookup:${lookup}`,
    all: `${prefix}all`,
    owner: (ownerId) => `${prefix}owner:${ownerId}`,
    cap: (ownerId, kind) => `${prefix}cap:${kind}:${ownerId}`,
    expiry: `${prefix}expiry`,
  };
}
