/** Creates keys. */
import { conflict, invalidField } from '../denials';
import { ApiKeyError, shown } from '../errors';
import type { KeyRecord } from '../keys/key-record';
import type { KeyKind } from '../keys/kinds';
import type { ApproveChange } from './approve-change';
import { SYSTEM, type ServiceContext } from './context';
import type { Actor } from './events';
import { refuse } from './field-readers';
import { readFields, readId, refuseUnknown, type KeyFields } from './key-fields';
import { readActor } from './read-actor';
import { keyInfo, type KeyInfo } from './key-info';

/** The owner of keys where the host has no tenants. */
export const DEFAULT_OWNER = 'default';

/** The kinds that are created; temporary keys are minted. */
const CREATABLE: readonly KeyKind[] = ['secret', 'publishable', 'scoped'];

/** What {@link CreateKey} takes. */
export interface CreateKeyInput extends KeyFields {
  readonly kind: 'secret' | 'publishable' | 'scoped';
  readonly name: string;
  /** The organization or tenant; at most 128 characters. Default: `default`. */
  readonly ownerId?: string;
}

/** A new key, with its token: the only time that the token is ever shown. */
export interface CreatedKey {
  readonly token: string;
  readonly key: KeyInfo;
}

/**
 * Creates a key.
 *
 * - `scopes`: a secret key gets `*` unless told otherwise; the other kinds need at least one, or a `level`,
 *   whose scopes they then get. An empty list is refused.
 * @throws ApiKeyError `INVALID_REQUEST` for a bad field, `CONFLICT` when the owner has as many keys of the
 * kind as the cap allows, `UNAVAILABLE` when the store cannot be asked; and what `approve` throws.
 */
export type CreateKey = (input: CreateKeyInput, by?: Actor, approve?: ApproveChange) => Promise<CreatedKey>;

const FIELDS = [
  'kind',
  'name',
  'ownerId',
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
];

/** What a record has where nothing was said. */
const BLANK = {
  lookup: null,
  description: '',
  userId: null,
  level: null,
  origins: [],
  addresses: [],
  hosts: [],
  rateLimit: null,
  quota: null,
  parentId: null,
  metadata: {},
  expiresAt: null,
  disabledAt: null,
  revokedAt: null,
  rotatedAt: null,
  replacedById: null,
  lastUsedAt: null,
  version: 1,
} as const satisfies Partial<KeyRecord>;

/** A record with the given fields, and blanks elsewhere. */
export function newRecord(
  fields: Pick<KeyRecord, 'id' | 'kind' | 'hash' | 'name' | 'ownerId' | 'scopes'> & Partial<KeyRecord>,
  now: number,
): KeyRecord {
  return { ...BLANK, createdAt: now, updatedAt: now, ...fields };
}

/** The scopes that a new key gets when none were named. */
function defaultScopes(input: CreateKeyInput, context: ServiceContext): readonly string[] {
  const level = typeof input.level === 'string' ? context.catalogue.level(input.level) : null;
  if (level !== null) return level.map((scope) => scope.text);
  if (input.kind === 'secret') return ['*'];
  throw new ApiKeyError(invalidField('scopes', 'scopes must name at least one scope'));
}

/** Makes {@link CreateKey}. */
export function createCreateKey(context: ServiceContext): CreateKey {
  const { tokens, hasher, store, cache, catalogue, caps, clock, events } = context;

  return async (input, by = SYSTEM, approve) => {
    refuseUnknown(input, FIELDS);
    readActor(by);
    const { kind } = input;
    if (!CREATABLE.includes(kind)) {
      refuse('kind', `must be one of ${CREATABLE.map(shown).join(', ')}; received ${shown(kind)}`);
    }
    const now = clock();
    const ownerId = input.ownerId === undefined ? DEFAULT_OWNER : readId('ownerId', input.ownerId);
    // Only what is left out has a default: `null` is refused below, and never means everything.
    const withScopes =
      input.scopes === undefined ? { ...input, scopes: defaultScopes(input, context) } : input;
    const { name, scopes, ...fields } = readFields(withScopes, kind, catalogue, now);
    if (name === undefined || scopes === undefined)
      return refuse('name', 'must be a string; received undefined');

    const { token, id } = tokens.generate(kind);
    const unhashed = newRecord({ ...fields, id, kind, hash: '', name, ownerId, scopes }, now);
    approve?.(keyInfo(unhashed), null);
    const record = { ...unhashed, hash: await hasher.hash(kind, token) };
    const cap = caps[kind];
    const outcome = await store.call('create', (port) => {
      return port.create(record, cap === Infinity ? undefined : { limit: cap, now });
    });
    if (outcome === 'cap_reached') {
      throw new ApiKeyError(
        conflict(`At most ${String(cap)} ${kind} keys can exist at a time`, { limit: cap }),
      );
    }
    // 95 random bits: a taken id means that the random source is broken, and nothing should be issued.
    if (outcome === 'duplicate') throw new ApiKeyError(conflict('The id of the new key is taken'));
    cache.created(id);
    const key = keyInfo(record);
    events.emit('created', { key, by, at: now });
    return { token, key };
  };
}
