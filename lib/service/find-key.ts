/** Reads one key for management, past the cache. */
import { KEY_NOT_FOUND } from '../denials';
import { ApiKeyError } from '../errors';
import type { KeyRecord } from '../keys/key-record';
import type { ServiceContext } from './context';

/** Narrows an operation to one owner's keys: another owner's key is then as unknown as an unknown id. */
export interface OwnerFilter {
  readonly ownerId?: string;
}

/**
 * The stored record.
 * @throws ApiKeyError `NOT_FOUND` for an unknown id or another owner's, `UNAVAILABLE`.
 */
export async function findKey(context: ServiceContext, id: string, filter: OwnerFilter): Promise<KeyRecord> {
  const record = canBeKeyId(id) ? await context.store.call('findById', (store) => store.findById(id)) : null;
  if (record === null || (filter.ownerId !== undefined && record.ownerId !== filter.ownerId)) {
    throw new ApiKeyError(KEY_NOT_FOUND);
  }
  return record;
}

/** Whether a text can be the id of a key at all; what cannot is not asked for. */
export function canBeKeyId(id: unknown): id is string {
  return typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id);
}
