/** Deletes keys that expired long ago. */
import { shown } from '../errors';
import type { Clock } from './clock';
import { refuse } from './field-readers';
import type { StoreClient } from './store-client';

/**
 * Deletes keys that expired more than `olderThanSeconds` ago (default a day), in batches, and answers how
 * many. Temporary tokens pile up where it is never called.
 * @throws ApiKeyError `INVALID_REQUEST` for anything but a whole number from 0, `UNAVAILABLE`.
 */
export type PurgeExpired = (olderThanSeconds?: number) => Promise<number>;

/** How many expired keys one statement deletes. */
const BATCH = 500;

/** Makes {@link PurgeExpired}. A store without `deleteExpired` keeps everything. */
export function createPurgeExpired(store: StoreClient, clock: Clock): PurgeExpired {
  return async (olderThanSeconds = 86_400) => {
    // A negative age would delete keys that have not expired.
    if (!Number.isSafeInteger(olderThanSeconds) || olderThanSeconds < 0) {
      refuse('olderThanSeconds', `must be a whole number from 0; received ${shown(olderThanSeconds)}`);
    }
    const before = clock() - olderThanSeconds * 1000;
    let deleted = 0;
    for (;;) {
      const batch = await store.call('deleteExpired', async (port) => {
        return (await port.deleteExpired?.(before, BATCH)) ?? 0;
      });
      deleted += batch;
      if (batch < BATCH) return deleted;
    }
  };
}
