/** The contract of the cap that `create` keeps. */
import assert from 'node:assert/strict';
import type { KeyRecord } from '../../keys/key-record';
import { createAll, listed, stored } from './contract-test';
import type { ContractTests } from './contract-test';
import { recordFixture } from './record-fixture';

const NOW = 1000;

/** Keys that no longer count. */
const SPENT: readonly (readonly [string, Partial<KeyRecord>])[] = [
  ['revoked', { revokedAt: 10 }],
  ['expired', { expiresAt: NOW }],
  ['replaced by rotation', { rotatedAt: 10, replacedById: 'successor' }],
  ["another owner's", { ownerId: 'owner-2' }],
  ['of another kind', { kind: 'publishable' }],
];

/** `create` with a cap. */
export const capping: ContractTests = {
  'stops at the cap': async ({ store }) => {
    const cap = { limit: 2, now: NOW };
    assert.equal(await store.create(recordFixture(), cap), 'created');
    assert.equal(await store.create(recordFixture({ expiresAt: NOW + 1 }), cap), 'created');
    const third = recordFixture();
    assert.equal(await store.create(third, cap), 'cap_reached');
    assert.equal(await store.findById(third.id), null);
  },

  'does not count keys that are spent': async ({ store }) => {
    for (const [, fields] of SPENT) await createAll(store, [recordFixture(fields)]);
    assert.equal(await store.create(recordFixture(), { limit: 1, now: NOW }), 'created');
  },

  'counts disabled keys': async ({ store }) => {
    await createAll(store, [recordFixture({ disabledAt: 10 })]);
    assert.equal(await store.create(recordFixture(), { limit: 1, now: NOW }), 'cap_reached');
  },

  'has room again after a revocation': async ({ store }) => {
    const first = recordFixture();
    const cap = { limit: 1, now: NOW };
    assert.equal(await store.create(first, cap), 'created');
    await store.revoke(first.id, NOW);
    assert.equal(await store.create(recordFixture(), cap), 'created');
  },

  'is exact under parallel creations': async ({ store, other, parallel: asked }) => {
    const parallel = Math.max(asked, 10);
    const limit = 100;
    const room = 5;
    await createAll(
      store,
      Array.from({ length: limit - room }, () => recordFixture()),
    );
    await createAll(
      store,
      SPENT.map(([, fields]) => recordFixture(fields)),
    );
    const outcomes = await Promise.all(
      Array.from({ length: parallel }, (_, index) =>
        (index % 2 === 0 ? store : other).create(recordFixture(), { limit, now: NOW }),
      ),
    );
    assert.equal(outcomes.filter((outcome) => outcome === 'created').length, room);
    assert.equal(outcomes.filter((outcome) => outcome === 'cap_reached').length, parallel - room);
    const live = await listed(store, {
      ownerId: 'owner-1',
      kinds: ['secret'],
      state: 'live',
      now: NOW,
    });
    assert.equal(live.filter(({ replacedById }) => replacedById === null).length, limit);
  },

  'holds for each owner and kind by itself': async ({ store, parallel: asked }) => {
    const parallel = Math.max(asked, 20);
    const owners = ['a', 'A', 'a ', 'b'];
    const outcomes = await Promise.all(
      Array.from({ length: parallel }, (_, index) =>
        store.create(recordFixture({ ownerId: owners[index % owners.length] ?? '' }), { limit: 3, now: NOW }),
      ),
    );
    assert.equal(outcomes.filter((outcome) => outcome === 'created').length, 3 * owners.length);
  },

  'stores a record of its own shape under a cap': async ({ store }) => {
    const record = recordFixture({ metadata: { capped: true } });
    assert.equal(await store.create(record, { limit: 1, now: NOW }), 'created');
    assert.deepEqual(await stored(store, record.id), record);
  },
};
