/** Lists the keys that are due for rotation. */
import type { Clock } from './clock';
import { readCount } from './field-readers';
import type { KeyPage, ListKeys, ListKeysInput } from './list-keys';

/** What {@link DueKeys} takes. */
export interface DueKeysInput extends Omit<ListKeysInput, 'state' | 'createdBefore'> {
  /** How often a key should be rotated, in seconds, such as `90 * 86_400`. */
  readonly rotateEvery: number;
}

/**
 * Lists live keys that were created `rotateEvery` ago or earlier and have no successor yet. It reports, and
 * blocks nothing. Temporary tokens are never due. A page may hold fewer keys than asked for; `nextCursor`
 * tells whether there are more.
 * @throws ApiKeyError `INVALID_REQUEST`, `UNAVAILABLE`.
 */
export type DueKeys = (input: DueKeysInput) => Promise<KeyPage>;

/** A hundred years, in seconds. */
const MAX_ROTATE_EVERY = 3_155_760_000;

/** Makes {@link DueKeys}. */
export function createDueKeys(list: ListKeys, clock: Clock): DueKeys {
  return async ({ rotateEvery, ...filters }) => {
    const age = readCount('rotateEvery', rotateEvery, MAX_ROTATE_EVERY) * 1000;
    const page = await list({ ...filters, state: 'live', createdBefore: clock() - age + 1 });
    return {
      keys: page.keys.filter(({ kind, rotatedAt }) => kind !== 'temporary' && rotatedAt === null),
      nextCursor: page.nextCursor,
    };
  };
}
