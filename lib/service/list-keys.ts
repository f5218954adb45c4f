/** Lists keys, a page at a time. */
import { shown } from '../errors';
import type { KeyRecord } from '../keys/key-record';
import type { KeyKind } from '../keys/kinds';
import { isKeyKind, KEY_KINDS } from '../keys/kinds';
import type { ListPosition, ListQuery } from '../stores/key-store';
import type { ServiceContext } from './context';
import { readCount, readLine, refuse } from './field-readers';
import { readId, refuseUnknown } from './key-fields';
import { keyInfo, type KeyInfo } from './key-info';

/** What {@link ListKeys} takes. Every condition given must hold. */
export interface ListKeysInput {
  readonly ownerId?: string;
  readonly userId?: string;
  readonly kinds?: readonly KeyKind[];
  readonly parentId?: string;
  /** `live`: neither revoked nor expired. Default: all. */
  readonly state?: 'live' | 'revoked' | 'expired';
  /** Part of the name, in any case. */
  readonly nameContains?: string;
  /** Only keys that were created before this moment, in ms since the epoch. */
  readonly createdBefore?: number;
  /** Keys a page: 1 to 200. Default 50. */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

/** One page, newest key first. */
export interface KeyPage {
  readonly keys: readonly KeyInfo[];
  /** Cursor of the next page, or `null` after the last one. */
  readonly nextCursor: string | null;
}

/** Lists keys. @throws ApiKeyError `INVALID_REQUEST`, `UNAVAILABLE`. */
export type ListKeys = (input?: ListKeysInput) => Promise<KeyPage>;

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const STATES: readonly unknown[] = ['live', 'revoked', 'expired'];
const FIELDS = [
  'ownerId',
  'userId',
  'kinds',
  'parentId',
  'state',
  'nameContains',
  'createdBefore',
  'limit',
  'cursor',
];

function writeCursor(position: ListPosition): string {
  return Buffer.from(JSON.stringify([position.createdAt, position.id])).toString('base64url');
}

function readCursor(value: unknown): ListPosition {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(String(value), 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && parsed.length === 2) {
      const [createdAt, id] = parsed as unknown[];
      if (Number.isSafeInteger(createdAt) && typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id)) {
        return { createdAt: createdAt as number, id };
      }
    }
  } catch {
    // Refused below, like every other text that is no cursor.
  }
  return refuse('cursor', 'must be the next cursor of an earlier page');
}

/** Where a page starts: lists run from new to old, so a bound on the age is a place in the list. */
function readStart({ cursor, createdBefore }: ListKeysInput): { after?: ListPosition } {
  const after = cursor === undefined ? undefined : readCursor(cursor);
  if (createdBefore === undefined) return after === undefined ? {} : { after };
  if (!Number.isSafeInteger(createdBefore)) {
    return refuse(
      'createdBefore',
      `must be a whole number of ms since 1970; received ${shown(createdBefore)}`,
    );
  }
  // No id is empty, so every key of the millisecond `createdBefore` comes before this place.
  const bound = { createdAt: createdBefore, id: '' };
  return { after: after === undefined || after.createdAt >= createdBefore ? bound : after };
}

function readKinds(value: unknown): readonly KeyKind[] {
  if (Array.isArray(value) && value.length > 0 && value.every(isKeyKind)) return value;
  return refuse('kinds', `must hold some of ${KEY_KINDS.map(shown).join(', ')}`);
}

function readQuery(input: ListKeysInput, now: number): ListQuery {
  if (input.state !== undefined && !STATES.includes(input.state)) {
    refuse('state', `must be one of ${STATES.map(shown).join(', ')}; received ${shown(input.state)}`);
  }
  return {
    now,
    limit: input.limit === undefined ? DEFAULT_LIMIT : readCount('limit', input.limit, MAX_LIMIT),
    // An owner that is there without being one must not list everybody's keys.
    ...('ownerId' in input ? { ownerId: readId('ownerId', input.ownerId) } : {}),
    ...(input.userId === undefined ? {} : { userId: readId('userId', input.userId) }),
    ...(input.parentId === undefined ? {} : { parentId: readId('parentId', input.parentId) }),
    ...(input.kinds === undefined ? {} : { kinds: readKinds(input.kinds) }),
    ...(input.state === undefined ? {} : { state: input.state }),
    ...(input.nameContains === undefined
      ? {}
      : { nameContains: readLine('nameContains', input.nameContains, 200) }),
    ...readStart(input),
  };
}

/** Makes {@link ListKeys}. */
export function createListKeys(context: ServiceContext): ListKeys {
  return async (input = {}) => {
    refuseUnknown(input, FIELDS);
    const query = readQuery(input, context.clock());
    // One more than asked for tells whether there is a next page.
    const records = await context.store.call('list', (store) => {
      return store.list({ ...query, limit: query.limit + 1 });
    });
    const page = records.slice(0, query.limit);
    return {
      keys: page.map(keyInfo),
      nextCursor: records.length > query.limit ? writeCursor(page.at(-1) as KeyRecord) : null,
    };
  };
}
