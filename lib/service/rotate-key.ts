/** Rotates keys: a new token with the same rights, while the old one lives on for a while. */
import { KEY_NOT_FOUND, conflict } from '../denials';
import { ApiKeyError, shown } from '../errors';
import type { ApproveChange } from './approve-change';
import { SYSTEM, type ServiceContext } from './context';
import { newRecord } from './create-key';
import type { Actor } from './events';
import { refuse } from './field-readers';
import { findKey, readOptions, type OwnerFilter } from './find-key';
import { keyInfo, type KeyInfo } from './key-info';

/** What {@link RotateKey} takes. */
export interface RotateOptions extends OwnerFilter {
  /**
   * How long the old key lives on, in seconds: 0 to 31,536,000 (a year), and never past its own expiry.
   * Default 86,400 (a day).
   */
  readonly overlapSeconds?: number;
  readonly by?: Actor;
  /** Asked with the successor before it is stored. */
  readonly approve?: ApproveChange;
}

/** The successor, with its token, and the old key as it lives on. */
export interface RotatedKey {
  readonly token: string;
  readonly key: KeyInfo;
  readonly previous: KeyInfo;
}

/**
 * Rotates a key: the successor has a new id and token, and the same kind, owner, rights and expiry.
 * Temporary tokens minted from the old key end with it.
 * @throws ApiKeyError `INVALID_REQUEST`, `NOT_FOUND`, `UNAVAILABLE`, and `CONFLICT` for a key that is
 * revoked, expired, disabled or rotated already.
 */
export type RotateKey = (id: string, options?: RotateOptions) => Promise<RotatedKey>;

const DEFAULT_OVERLAP = 86_400;
const MAX_OVERLAP = 31_536_000;

function readOverlap(value: unknown): number {
  if (value === undefined) return DEFAULT_OVERLAP;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_OVERLAP)
    return value;
  return refuse(
    'overlapSeconds',
    `must be a whole number from 0 to ${String(MAX_OVERLAP)}; received ${shown(value)}`,
    { minimum: 0, maximum: MAX_OVERLAP },
  );
}

/** Makes {@link RotateKey}. */
export function createRotateKey(context: ServiceContext): RotateKey {
  const { tokens, hasher, store, cache, publisher, clock, events } = context;

  return async (id, options = {}) => {
    readOptions(options, ['ownerId', 'by', 'approve', 'overlapSeconds']);
    const overlap = readOverlap(options.overlapSeconds) * 1000;
    const old = await findKey(context, id, options);
    const now = clock();
    if (old.kind === 'temporary') throw new ApiKeyError(conflict('A temporary token cannot be rotated'));
    if (old.revokedAt !== null) throw new ApiKeyError(conflict('The API key is revoked'));
    if (old.disabledAt !== null) throw new ApiKeyError(conflict('The API key is disabled'));
    if (old.rotatedAt !== null) throw new ApiKeyError(conflict('The API key is rotated already'));
    if (old.expiresAt !== null && old.expiresAt <= now) {
      throw new ApiKeyError(conflict('The API key has expired'));
    }

    const { token, id: newId } = tokens.generate(old.kind);
    const { lookup, lastUsedAt, ...rights } = old;
    const unhashed = newRecord({ ...rights, id: newId, version: 1, createdAt: now, updatedAt: now }, now);
    options.approve?.(keyInfo(unhashed), keyInfo(old));
    const successor = { ...unhashed, hash: await hasher.hash(old.kind, token) };
    const expiresAt = Math.min(old.expiresAt ?? Infinity, now + overlap);
    const rotation = await store
      .call('rotate', (port) => {
        return port.rotate(
          id,
          old.version,
          { expiresAt, rotatedAt: now, replacedById: newId },
          successor,
          now,
        );
      })
      .catch((error: unknown) => {
        cache.invalidate(id);
        throw error;
      });
    if (rotation.outcome === 'not_found') throw new ApiKeyError(KEY_NOT_FOUND);
    if (rotation.outcome !== 'rotated') throw new ApiKeyError(conflict('The API key was changed meanwhile'));
    cache.created(newId);
    await publisher.changed(id);
    const key = keyInfo(successor);
    const previous = keyInfo(rotation.record);
    events.emit('rotated', { key: previous, successor: key, by: options.by ?? SYSTEM, at: now });
    return { token, key, previous };
  };
}
