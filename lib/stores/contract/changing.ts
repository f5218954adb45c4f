/** The contract of `update`, `revoke` and `rotate`. */
import assert from 'node:assert/strict';
import type { KeyChanges } from '../../keys/key-record';
import { createAll, listed, refused, stored } from './contract-test';
import type { ContractTests } from './contract-test';
import { recordFixture } from './record-fixture';

const NOW = 2_000_000_000_000;

/** A new value for every field that may change. */
const ALL_CHANGES: Required<KeyChanges> = {
  hash: 'sha256:changed',
  lookup: 'changed',
  name: 'Changed ÄÖ',
  description: 'Changed',
  userId: 'user-2',
  scopes: [],
  level: 'admin',
  origins: ['https://changed.example.com'],
  addresses: ['192.0.2.0/24'],
  hosts: ['changed.example.com'],
  rateLimit: { limit: 5, windowSeconds: 60 },
  quota: { limit: 7, period: 'day' },
  metadata: { changed: [true] },
  expiresAt: NOW + 1,
  disabledAt: NOW + 2,
  rotatedAt: NOW + 3,
  replacedById: 'successor',
};

/** `update`, `revoke` and `rotate`. */
export const changing: ContractTests = {
  'update changes every field that may change': async ({ store, other }) => {
    const record = recordFixture();
    await createAll(store, [record]);
    const changed = { ...record, ...ALL_CHANGES, updatedAt: NOW, version: 2 };
    assert.deepEqual(await store.update(record.id, 1, ALL_CHANGES, NOW), {
      outcome: 'updated',
      record: changed,
    });
    assert.deepEqual(await other.findById(record.id), changed);
    assert.deepEqual(await store.findByLookup('changed'), changed);
  },

  'update keeps what is not named, and sets back to null': async ({ store }) => {
    const record = recordFixture({ ...ALL_CHANGES, metadata: { kept: 1 } });
    await createAll(store, [record]);
    const changes = { expiresAt: null, rateLimit: null, userId: null, lookup: null } as const;
    await store.update(record.id, 1, changes, NOW);
    assert.deepEqual(await stored(store, record.id), { ...record, ...changes, updatedAt: NOW, version: 2 });
    assert.equal(await store.findByLookup('changed'), null);
  },

  'update without a change still counts the version up': async ({ store }) => {
    const record = recordFixture();
    await createAll(store, [record]);
    await store.update(record.id, 1, {}, NOW);
    assert.deepEqual(await stored(store, record.id), { ...record, updatedAt: NOW, version: 2 });
  },

  'update of a stale version is a conflict and changes nothing': async ({ store }) => {
    const record = recordFixture();
    await createAll(store, [record]);
    await store.update(record.id, 1, { name: 'First' }, NOW);
    const first = await stored(store, record.id);
    for (const version of [1, 3]) {
      assert.deepEqual(await store.update(record.id, version, { name: 'Second' }, NOW + 1), {
        outcome: 'conflict',
        record: first,
      });
    }
    assert.deepEqual(await stored(store, record.id), first);
  },

  'update of a revoked key is a conflict, whatever the version': async ({ store }) => {
    const record = recordFixture();
    await createAll(store, [record]);
    const revoked = await store.revoke(record.id, NOW);
    for (const version of [1, 2]) {
      assert.deepEqual(await store.update(record.id, version, { name: 'Back' }, NOW + 1), {
        outcome: 'conflict',
        record: revoked,
      });
    }
  },

  'update of an unknown id is not found': async ({ store }) => {
    for (const id of ['unknown', 'a\u0000b']) {
      assert.deepEqual(await store.update(id, 1, { name: 'x' }, NOW), { outcome: 'not_found' });
    }
  },

  'update to a lookup that another key has is a conflict': async ({ store }) => {
    const record = recordFixture();
    await createAll(store, [record, recordFixture({ lookup: 'taken' })]);
    assert.deepEqual(await store.update(record.id, 1, { lookup: 'taken', name: 'x' }, NOW), {
      outcome: 'conflict',
      record,
    });
    assert.deepEqual(await stored(store, record.id), record);
  },

  'update refuses fields that no update may change': async ({ store }) => {
    const record = recordFixture();
    await createAll(store, [record]);
    const fields = {
      id: 'x',
      ownerId: 'x',
      kind: 'scoped',
      revokedAt: null,
      version: 9,
      'name" = 1 --': 'x',
    };
    for (const [field, value] of Object.entries(fields)) {
      await refused(() => store.update(record.id, 1, { [field]: value }, NOW), /no update may change/);
    }
    await refused(() => store.update(record.id, 1, { name: '\u0000' }, NOW), /name/);
    assert.deepEqual(await stored(store, record.id), record);
  },

  'update takes a copy of what it is given': async ({ store }) => {
    const record = recordFixture();
    await createAll(store, [record]);
    const scopes = ['a:b'];
    const outcome = await store.update(record.id, 1, { scopes }, NOW);
    scopes.push('c:d');
    assert.ok(outcome.outcome === 'updated');
    (outcome.record.scopes as string[]).push('e:f');
    assert.deepEqual((await stored(store, record.id)).scopes, ['a:b']);
  },

  'revoke sets the time once, and answers what is stored': async ({ store, other }) => {
    const record = recordFixture();
    await createAll(store, [record]);
    const revoked = { ...record, revokedAt: NOW, updatedAt: NOW, version: 2 };
    assert.deepEqual(await store.revoke(record.id, NOW), revoked);
    assert.deepEqual(await other.findById(record.id), revoked);
    assert.deepEqual(await store.revoke(record.id, NOW + 5), revoked);
    assert.deepEqual(await store.revoke(record.id, NOW - 5), revoked);
    assert.deepEqual(await stored(store, record.id), revoked);
  },

  'revoke of an unknown id answers null': async ({ store }) => {
    assert.equal(await store.revoke('unknown', NOW), null);
    assert.equal(await store.revoke('\ud83d', NOW), null);
  },

  'rotate changes the old record and stores the successor': async ({ store }) => {
    const record = recordFixture({ lookup: 'moves on' });
    const successor = recordFixture({ lookup: 'moves on' });
    await createAll(store, [record]);
    const changes = { rotatedAt: NOW, replacedById: successor.id, expiresAt: NOW + 60, lookup: null };
    const rotated = { ...record, ...changes, updatedAt: NOW, version: 2 };
    assert.deepEqual(await store.rotate(record.id, 1, changes, successor, NOW), {
      outcome: 'rotated',
      record: rotated,
    });
    assert.deepEqual(await stored(store, record.id), rotated);
    assert.deepEqual(await stored(store, successor.id), successor);
    assert.deepEqual(await store.findByLookup('moves on'), successor);
  },

  'rotate does both or neither': async ({ store }) => {
    const record = recordFixture();
    const taken = recordFixture({ lookup: 'taken' });
    await createAll(store, [record, taken]);
    const changes = { rotatedAt: NOW, replacedById: taken.id };
    const successors = [recordFixture({ id: taken.id }), recordFixture({ lookup: 'taken' })];
    for (const successor of successors) {
      assert.deepEqual(await store.rotate(record.id, 1, changes, successor, NOW), { outcome: 'duplicate' });
    }
    assert.deepEqual(await stored(store, record.id), record);
    assert.deepEqual(await stored(store, taken.id), taken);
    assert.equal((await listed(store)).length, 2);
  },

  'rotate of a stale, revoked or unknown key stores no successor': async ({ store }) => {
    const record = recordFixture();
    const revoked = recordFixture({ revokedAt: 5 });
    await createAll(store, [record, revoked]);
    const successor = recordFixture();
    const changes = { rotatedAt: NOW };
    assert.deepEqual(await store.rotate(record.id, 2, changes, successor, NOW), {
      outcome: 'conflict',
      record,
    });
    assert.deepEqual(await store.rotate(revoked.id, 1, changes, successor, NOW), {
      outcome: 'conflict',
      record: revoked,
    });
    assert.deepEqual(await store.rotate('unknown', 1, changes, successor, NOW), { outcome: 'not_found' });
    assert.equal(await store.findById(successor.id), null);
  },
};
