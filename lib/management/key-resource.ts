/** A key on the wire. */
import { isoSeconds } from '../denials';
import type { RateLimit } from '../keys/key-record';
import type { KeyInfo } from '../service/key-info';
import type { KeyResource } from './answer-schemas';

/** The window of a rate limit that is a number: an hour. */
export const DEFAULT_WINDOW_SECONDS = 3_600;

/** A time in ms since the epoch for the wire. */
export function wireTime(time: number | null): string | null {
  return time === null ? null : isoSeconds(time);
}

/** A rate limit for the wire: a number where its window is an hour, else an object. */
export function wireRateLimit(rateLimit: RateLimit | null): KeyResource['rate_limit'] {
  if (rateLimit === null) return null;
  const { limit, windowSeconds } = rateLimit;
  return windowSeconds === DEFAULT_WINDOW_SECONDS ? limit : { limit, window_seconds: windowSeconds };
}

function stateOf(key: KeyInfo, now: number): KeyResource['state'] {
  if (key.revokedAt !== null) return 'revoked';
  if (key.expiresAt !== null && key.expiresAt <= now) return 'expired';
  return key.disabledAt === null ? 'live' : 'disabled';
}

/** When a key should be rotated, in ms since the epoch, or `null`. `rotateEvery` in ms. */
export function rotationDueAt(key: KeyInfo, rotateEvery: number | null): number | null {
  const ends = key.kind === 'temporary' || key.revokedAt !== null || key.rotatedAt !== null;
  return rotateEvery === null || ends ? null : key.createdAt + rotateEvery;
}

/** A key for the wire. */
export function keyResource(key: KeyInfo, now: number, rotateEvery: number | null): KeyResource {
  return {
    id: key.id,
    name: key.name,
    description: key.description,
    kind: key.kind,
    owner_id: key.ownerId,
    user_id: key.userId,
    permissions: [...key.scopes],
    level: key.level,
    origins: [...key.origins],
    addresses: [...key.addresses],
    hosts: [...key.hosts],
    rate_limit: wireRateLimit(key.rateLimit),
    quota: key.quota === null ? null : { limit: key.quota.limit, period: key.quota.period },
    parent_id: key.parentId,
    metadata: key.metadata,
    state: stateOf(key, now),
    created_at: isoSeconds(key.createdAt),
    updated_at: isoSeconds(key.updatedAt),
    expires_at: wireTime(key.expiresAt),
    disabled_at: wireTime(key.disabledAt),
    revoked_at: wireTime(key.revokedAt),
    rotated_at: wireTime(key.rotatedAt),
    replaced_by: key.replacedById,
    rotation_due_at: wireTime(rotationDueAt(key, rotateEvery)),
    last_used_at: wireTime(key.lastUsedAt),
  };
}
