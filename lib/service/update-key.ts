/** Changes keys. */
import { conflict, KEY_NOT_FOUND, unavailable } from '../denials';
import { ApiKeyError } from '../errors';
import type { KeyChanges, KeyRecord } from '../keys/key-record';
import type { ApproveChange } from './approve-change';
import { SYSTEM, type ServiceContext } from './context';
import type { Actor } from './events';
import { refuse } from './field-readers';
import { findKey, readOptions, type OwnerFilter } from './find-key';
import { readFields, refuseUnknown, type KeyFields } from './key-fields';
import { keyInfo, type KeyInfo } from './key-info';

/** What {@link UpdateKey} takes: the fields to change. */
export interface UpdateKeyInput extends KeyFields {
  /** `true` switches the key off until it is switched on again. */
  readonly disabled?: boolean;
}

/**
 * Changes the fields that are given, and no others; seen by the next request in this process.
 * @throws ApiKeyError `INVALID_REQUEST`, `NOT_FOUND`, `CONFLICT` for a revoked key and for a later expiry of a
 * rotated key or a temporary token, `UNAVAILABLE`: then the
 * change may or may not have been made, and may be tried again; and what `approve` throws.
 */
export type UpdateKey = (
  id: string,
  input: UpdateKeyInput,
  options?: OwnerFilter & { readonly by?: Actor; readonly approve?: ApproveChange },
) => Promise<KeyInfo>;

const FIELDS = [
  'name',
  'description',
  'userId',
  'scopes',
  'level',
  'origins',
  'addresses',
  'hosts',
  'rateLimit',
  'quota',
  'metadata',
  'expiresAt',
  'disabled',
];
/**
 * A rotated key ends when its rotation said, and a temporary token when it was minted for.
 * @throws ApiKeyError `CONFLICT`.
 */
function refuseProlonging({ kind, rotatedAt, expiresAt }: KeyRecord, changes: KeyChanges): void {
  if (changes.expiresAt === undefined || (rotatedAt === null && kind !== 'temporary')) return;
  // Both have an expiry from the start; a record without one, which nobody writes, gets none either.
  if ((changes.expiresAt ?? Infinity) <= Number(expiresAt)) return;
  const what = kind === 'temporary' ? 'A temporary token' : 'A rotated API key';
  throw new ApiKeyError(conflict(`${what} cannot be given a later expiry`));
}

/** How often a change is tried over another one that came between. */
const MAX_ATTEMPTS = 10;

/** Makes {@link UpdateKey}. */
export function createUpdateKey(context: ServiceContext): UpdateKey {
  const { store, publisher, cache, catalogue, clock, events } = context;

  function changesOf(record: KeyRecord, input: UpdateKeyInput, now: number): KeyChanges {
    const { disabled, ...fields } = input;
    const changes = readFields(fields, record.kind, catalogue, now);
    if (disabled === undefined) return changes;
    if (typeof disabled !== 'boolean') return refuse('disabled', 'must be true or false');
    return { ...changes, disabledAt: disabled ? (record.disabledAt ?? now) : null };
  }

  return async (id, input, options = {}) => {
    refuseUnknown(input, FIELDS);
    readOptions(options, ['ownerId', 'by', 'approve']);
    let record = await findKey(context, id, options);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const now = clock();
      const changes = changesOf(record, input, now);
      if (record.revokedAt !== null) throw new ApiKeyError(conflict('The API key is revoked'));
      refuseProlonging(record, changes);
      if (Object.keys(changes).length === 0) return keyInfo(record);
      options.approve?.(keyInfo({ ...record, ...changes }), keyInfo(record));
      const { version } = record;
      const update = await store
        .call('update', (port) => port.update(id, version, changes, now))
        .catch((error: unknown) => {
          // Whether the change was made is not known: nothing read before may be believed.
          cache.invalidate(id);
          throw error;
        });
      if (update.outcome === 'conflict') {
        record = update.record;
        continue;
      }
      if (update.outcome === 'not_found') throw new ApiKeyError(KEY_NOT_FOUND);
      await publisher.changed(id);
      const key = keyInfo(update.record);
      events.emit('updated', { key, fields: Object.keys(changes), by: options.by ?? SYSTEM, at: now });
      return key;
    }
    throw new ApiKeyError(unavailable());
  };
}
