/** Reads one key for management, past the cache. */
import { KEY_NOT_FOUND } from '../denials';
import { ApiKeyError } from '../errors';
import type { KeyRecord } from '../keys/key-record';
import type { ServiceContext } from './context';
import { refuse } from './field-readers';
import { readId, refuseUnknown } from './key-fields';
import { readActor } from './read-actor';

/** Narrows an operation to one owner's keys: another owner's key is then as unknown as an unknown id. */
export interface OwnerFilter {
  readonly ownerId?: string;
}

/**
 * Checks the options of an operation: unknown names, and an owner that is there without being one, are refused.
 * A filter that were passed over would let one tenant reach another's keys.
 * @throws ApiKeyError `INVALID_REQUEST` that names the option.
 */
export function readOptions(options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || (options as unknown) === null) refuse('options', 'must be an object');
  refuseUnknown(options, known);
  if ('ownerId' in options) readId('ownerId', options.ownerId);
  if ('by' in options && options.by !== undefined) readActor(options.by);
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
