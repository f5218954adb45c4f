/** Builds records for tests. */
import { createHash, randomBytes } from 'node:crypto';
import type { KeyRecord } from '../../keys/key-record';

/** The moment at which fixtures were created: 2024-01-01T00:00:00Z, in ms. */
export const FIXTURE_TIME = 1_704_067_200_000;

/**
 * A complete, valid record: a secret key of `owner-1`, live, with an id of its own. `fields` replaces what
 * a test is about.
 */
export function recordFixture(fields: Partial<KeyRecord> = {}): KeyRecord {
  const id = randomBytes(8).toString('hex');
  return {
    id,
    kind: 'secret',
    hash: `sha256:${createHash('sha256').update(id).digest('hex')}`,
    lookup: null,
    name: 'A key',
    description: '',
    ownerId: 'owner-1',
    userId: null,
    scopes: ['*'],
    level: null,
    origins: [],
    addresses: [],
    hosts: [],
    rateLimit: null,
    quota: null,
    parentId: null,
    metadata: {},
    createdAt: FIXTURE_TIME,
    updatedAt: FIXTURE_TIME,
    expiresAt: null,
    disabledAt: null,
    revokedAt: null,
    rotatedAt: null,
    replacedById: null,
    lastUsedAt: null,
    version: 1,
    ...fields,
  };
}
