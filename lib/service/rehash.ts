/** Brings a stored hash up to the present policy, in the background, when its token has just proved right. */
import type { Hasher } from '../keys/hashing/hasher';
import type { KeyRecord } from '../keys/key-record';
import type { Background } from './background';
import type { Clock } from './clock';
import { lookupName, type KeyCache } from './key-cache';
import type { StoreClient } from './store-client';

/** Starts a re-hash; answers at once. */
export type Rehash = (record: KeyRecord, token: string, digest: string) => void;

/** What re-hashing needs. */
export interface RehashOptions {
  readonly hasher: Hasher;
  readonly store: StoreClient;
  readonly cache: KeyCache;
  readonly background: Background;
  readonly clock: Clock;
}

/**
 * Makes {@link Rehash}. Only the hash is written, with the look-up of an imported token, and only over the
 * version that was read: a key that was changed or revoked meanwhile stays as it is, and the next use that
 * reads the key tries again.
 */
export function createRehash(options: RehashOptions): Rehash {
  const { hasher, store, cache, background, clock } = options;
  const running = new Set<string>();

  async function run(record: KeyRecord, token: string, digest: string): Promise<void> {
    const hash = await hasher.hash(record.kind, token);
    const lookup = record.lookup === null ? null : hasher.lookup(token);
    const update = await store.call('update', (port) => {
      return port.update(record.id, record.version, { hash, lookup }, clock());
    });
    if (update.outcome !== 'updated') return;
    cache.prove(digest, { id: record.id, hash });
    if (lookup !== null) cache.created(lookupName(lookup));
    cache.invalidate(record.id);
  }

  return (record, token, digest) => {
    if (running.has(record.id)) return;
    running.add(record.id);
    background.run(
      're-hash',
      run(record, token, digest).finally(() => running.delete(record.id)),
    );
  };
}
