/** Mints temporary tokens from secret keys. */
import { conflict, insufficientScope, keyExpired, notPermitted } from '../denials';
import { ApiKeyError, shown } from '../errors';
import { SYSTEM, type ServiceContext } from './context';
import { newRecord } from './create-key';
import type { Actor } from './events';
import type { ScopeInput } from '../keys/scope';
import { refuse } from './field-readers';
import { readScopes, refuseUnknown } from './key-fields';
import { readActor } from './read-actor';
import { keyInfo, type KeyInfo } from './key-info';
import { grantOf as grantOfKey, type VerifiedKey } from './verified-key';

/** What {@link MintTemporary} takes. */
export interface MintInput {
  /** 1 to 100 scopes, each within what the parent may do now. */
  readonly scopes: readonly ScopeInput[];
  /** 900 to 86,400 seconds. Default 3,600. */
  readonly durationSeconds?: number;
}

/** A new temporary token. */
export interface MintedToken {
  readonly token: string;
  /** A complete `Authorization` header value. */
  readonly authorization: string;
  /** In Unix seconds; never past the parent's own expiry. */
  readonly expiresAt: number;
  readonly key: KeyInfo;
}

/**
 * Mints a temporary token from a verified secret key. Its grant is, at each request, the part of its scopes
 * that the parent may still do; the parent's addresses and hosts bind it too.
 * @throws ApiKeyError `FORBIDDEN` for another kind of key or for scopes beyond the parent's,
 * `UNAUTHORIZED` when the parent has expired meanwhile, `INVALID_REQUEST`, `CONFLICT` at the cap, `UNAVAILABLE`.
 */
export type MintTemporary = (parent: VerifiedKey, input: MintInput, by?: Actor) => Promise<MintedToken>;

const MIN_DURATION = 900;
const MAX_DURATION = 86_400;
const DEFAULT_DURATION = 3_600;

function readDuration(value: unknown): number {
  if (value === undefined) return DEFAULT_DURATION;
  if (
    typeof value === 'number' &&
    Number.isInteger(value) &&
    value >= MIN_DURATION &&
    value <= MAX_DURATION
  ) {
    return value;
  }
  return refuse(
    'durationSeconds',
    `must be a whole number from ${String(MIN_DURATION)} to ${String(MAX_DURATION)}; received ${shown(value)}`,
    { minimum: MIN_DURATION, maximum: MAX_DURATION },
  );
}

/** Makes {@link MintTemporary}. */
export function createMintTemporary(context: ServiceContext): MintTemporary {
  const { tokens, hasher, store, cache, catalogue, caps, clock, events } = context;

  return async (parent, input, by = { ...SYSTEM, type: 'key', id: parent.id }) => {
    if (parent.kind !== 'secret') {
      throw new ApiKeyError(
        notPermitted('Temporary tokens are created with a secret key', { reason: 'secret_key_required' }),
      );
    }
    refuseUnknown(input, ['scopes', 'durationSeconds']);
    readActor(by);
    const scopes = readScopes(input.scopes, 'temporary', catalogue);
    const duration = readDuration(input.durationSeconds);
    const grant = grantOfKey(parent);
    const missing = scopes.filter((scope) => !grant.covers(catalogue.parse(scope)));
    if (missing.length > 0) throw new ApiKeyError(insufficientScope(missing, grant.scopes));

    const now = clock();
    const wanted = Math.min(now + duration * 1000, parent.expiresAt ?? Infinity);
    const expiresAt = Math.floor(wanted / 1000);
    if (expiresAt * 1000 <= now) throw new ApiKeyError(keyExpired(wanted));
    const { token, id } = tokens.generate('temporary');
    const record = newRecord(
      {
        id,
        kind: 'temporary',
        hash: await hasher.hash('temporary', token),
        name: `Temporary token of ${parent.id}`,
        ownerId: parent.ownerId,
        userId: parent.userId,
        scopes,
        parentId: parent.id,
        expiresAt: expiresAt * 1000,
      },
      now,
    );
    const cap = caps.temporary;
    const outcome = await store.call('create', (port) => {
      return port.create(record, cap === Infinity ? undefined : { limit: cap, now });
    });
    if (outcome === 'cap_reached') {
      throw new ApiKeyError(
        conflict(`At most ${String(cap)} temporary tokens can exist at a time`, { limit: cap }),
      );
    }
    if (outcome === 'duplicate') throw new ApiKeyError(conflict('The id of the new token is taken'));
    cache.created(id);
    const key = keyInfo(record);
    events.emit('created', { key, by, at: now });
    return { token, authorization: `Bearer ${token}`, expiresAt, key };
  };
}
