/** Finds live keys that nobody uses. */
import { invalidField } from '../denials';
import { ApiKeyError, shown } from '../errors';
import type { KeyInfo } from '../service/key-info';
import type { ListKeys } from '../service/list-keys';
import { DAY } from './days';

/** Which keys {@link findUnusedKeys} looks for. */
export interface UnusedOptions {
  /** Days without a verified request: 1 to 3,650, default 90. A key that is younger is not unused yet. */
  readonly days?: number;
  /** Only keys of this owner. Default: of every owner. */
  readonly ownerId?: string;
}

const MAX_DAYS = 3_650;
const PAGE = 200;

/**
 * Live keys that can be used but have not been for some days, or never since they were created. Temporary tokens
 * are left out: they end by themselves.
 * @throws ApiKeyError `INVALID_REQUEST` for a bad number of days, `UNAVAILABLE`.
 */
export async function findUnusedKeys(
  list: ListKeys,
  options: UnusedOptions,
  now: number,
): Promise<KeyInfo[]> {
  const { days = 90, ...owner } = options;
  if (!Number.isInteger(days) || days < 1 || days > MAX_DAYS) {
    const sentence = `days must be a whole number from 1 to ${String(MAX_DAYS)}; received ${shown(days)}`;
    throw new ApiKeyError(invalidField('days', sentence, { minimum: 1, maximum: MAX_DAYS }));
  }
  const since = now - days * DAY;
  const unused: KeyInfo[] = [];
  let cursor: string | null = null;
  do {
    const page = await list({
      ...owner,
      state: 'live',
      kinds: ['secret', 'publishable', 'scoped'],
      limit: PAGE,
      ...(cursor === null ? {} : { cursor }),
    });
    unused.push(...page.keys.filter(({ lastUsedAt, createdAt }) => (lastUsedAt ?? createdAt) <= since));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return unused;
}
