/** Revokes keys. */
import { KEY_NOT_FOUND } from '../denials';
import { ApiKeyError } from '../errors';
import { SYSTEM, type ServiceContext } from './context';
import type { Actor } from './events';
import { findKey, readOptions, type OwnerFilter } from './find-key';
import { keyInfo, type KeyInfo } from './key-info';

/**
 * Revokes a key for good. Once it answers, no later request in this process passes with the key or with a
 * temporary token minted from it; in other processes within a second with a change bus, within `cache.ttl`
 * without. A key that is revoked already stays as it is.
 * @throws ApiKeyError `NOT_FOUND`, `UNAVAILABLE`: then the key may or may not be revoked; try again.
 */
export type RevokeKey = (id: string, options?: OwnerFilter & { readonly by?: Actor }) => Promise<KeyInfo>;

/** Makes {@link RevokeKey}. Order: store, tombstone, publish, answer. */
export function createRevokeKey(context: ServiceContext): RevokeKey {
  const { store, publisher, cache, clock, events } = context;

  return async (id, options = {}) => {
    readOptions(options, ['ownerId', 'by']);
    const before = await findKey(context, id, options);
    const now = clock();
    const record = await store
      .call('revoke', (port) => port.revoke(id, now))
      .catch((error: unknown) => {
        cache.invalidate(id);
        throw error;
      });
    if (record === null) throw new ApiKeyError(KEY_NOT_FOUND);
    await publisher.changed(id, true);
    const key = keyInfo(record);
    if (before.revokedAt === null) events.emit('revoked', { key, by: options.by ?? SYSTEM, at: now });
    return key;
  };
}
