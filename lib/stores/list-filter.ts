/** Which records a list query selects, for stores that filter by themselves. */
import type { KeyRecord } from '../keys/key-record';
import { foldName } from './fold-name';
import type { ListPosition, ListQuery } from './key-store';

/** Below zero when `a` stands before `b` in a list: newest first, ties by the bytes of the id, descending. */
export function inListOrder(a: ListPosition, b: ListPosition): number {
  return b.createdAt - a.createdAt || Buffer.compare(Buffer.from(b.id), Buffer.from(a.id));
}

/** Whether a record has expired at `now` (ms). */
export function isExpired(record: KeyRecord, now: number): boolean {
  return record.expiresAt !== null && record.expiresAt <= now;
}

/** Whether a record is neither revoked nor expired at `now` (ms). */
export function isLive(record: KeyRecord, now: number): boolean {
  return record.revokedAt === null && !isExpired(record, now);
}

function isInState(record: KeyRecord, state: NonNullable<ListQuery['state']>, now: number): boolean {
  if (state === 'live') return isLive(record, now);
  return state === 'revoked' ? record.revokedAt !== null : isExpired(record, now);
}

/** Whether every condition of the query holds for a record. */
export function isListed(record: KeyRecord, query: ListQuery): boolean {
  return (
    (query.ownerId === undefined || record.ownerId === query.ownerId) &&
    (query.kinds === undefined || query.kinds.includes(record.kind)) &&
    (query.userId === undefined || record.userId === query.userId) &&
    (query.parentId === undefined || record.parentId === query.parentId) &&
    (query.state === undefined || isInState(record, query.state, query.now)) &&
    (query.nameContains === undefined || foldName(record.name).includes(foldName(query.nameContains))) &&
    (query.after === undefined || inListOrder(query.after, record) < 0)
  );
}
