/** A key as the command line shows it: as JSON, as a row, as a list of its fields. */
import { isoSeconds } from '../denials';
import type { KeyInfo } from '../service/key-info';
import { cut, renderFields, renderTable } from './table';
import { readable, readableSeconds } from './times';

/** What a key is at a moment; the first that holds. */
export type KeyState = 'revoked' | 'expired' | 'disabled' | 'rotated' | 'live';

/** The widest that a column of free text gets. */
const WIDEST = 32;

/** What the key is at `now`. A rotated key lives on until it expires. */
export function stateOf(key: KeyInfo, now: number): KeyState {
  if (key.revokedAt !== null) return 'revoked';
  if (key.expiresAt !== null && key.expiresAt <= now) return 'expired';
  if (key.disabledAt !== null) return 'disabled';
  return key.rotatedAt === null ? 'live' : 'rotated';
}

function isoOrNull(time: number | null): string | null {
  return time === null ? null : isoSeconds(time);
}

/** The public fields, times as ISO 8601 in UTC, with the state. */
export function keyToJson(key: KeyInfo, now: number): Record<string, unknown> {
  return {
    ...key,
    state: stateOf(key, now),
    createdAt: isoSeconds(key.createdAt),
    updatedAt: isoSeconds(key.updatedAt),
    expiresAt: isoOrNull(key.expiresAt),
    disabledAt: isoOrNull(key.disabledAt),
    revokedAt: isoOrNull(key.revokedAt),
    rotatedAt: isoOrNull(key.rotatedAt),
    lastUsedAt: isoOrNull(key.lastUsedAt),
  };
}

/** A row for each key. Long names and lists are cut; times are UTC. */
export function renderKeys(keys: readonly KeyInfo[], now: number): string {
  return renderTable(
    ['ID', 'KIND', 'STATE', 'NAME', 'OWNER', 'SCOPES', 'CREATED (UTC)', 'EXPIRES (UTC)', 'LAST USED (UTC)'],
    keys.map((key) => [
      key.id,
      key.kind,
      stateOf(key, now),
      cut(key.name, WIDEST),
      cut(key.ownerId, WIDEST),
      cut(key.scopes.join(' '), WIDEST),
      readable(key.createdAt),
      readable(key.expiresAt),
      readable(key.lastUsedAt),
    ]),
  );
}

/** Every field that is set, one a line. */
export function renderKey(key: KeyInfo, now: number): string {
  const { rateLimit, quota } = key;
  const time = (at: number | null): string => (at === null ? '' : `${readable(at)} UTC`);
  const fields: [name: string, value: string][] = [
    ['id', key.id],
    ['kind', key.kind],
    ['state', stateOf(key, now)],
    ['name', key.name],
    ['description', key.description],
    ['owner', key.ownerId],
    ['user', key.userId ?? ''],
    ['scopes', key.scopes.join(' ')],
    ['level', key.level ?? ''],
    ['origins', key.origins.join(' ')],
    ['addresses', key.addresses.join(' ')],
    ['hosts', key.hosts.join(' ')],
    [
      'rate limit',
      rateLimit === null ? '' : `${String(rateLimit.limit)} in ${readableSeconds(rateLimit.windowSeconds)}`,
    ],
    ['quota', quota === null ? '' : `${String(quota.limit)} a ${quota.period}`],
    ['minted from', key.parentId ?? ''],
    ['metadata', Object.keys(key.metadata).length === 0 ? '' : JSON.stringify(key.metadata)],
    ['created', time(key.createdAt)],
    ['updated', time(key.updatedAt)],
    ['expires', time(key.expiresAt) || 'never'],
    ['last used', time(key.lastUsedAt) || 'never, as far as it was written down'],
    ['disabled', time(key.disabledAt)],
    ['revoked', time(key.revokedAt)],
    ['rotated', time(key.rotatedAt)],
    ['replaced by', key.replacedById ?? ''],
  ];
  return renderFields(fields.filter(([, value]) => value !== ''));
}
