/** The contract of the recommended and optional methods, and of what is really stored. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createAll, listed, stored } from './contract-test';
import type { ContractTests } from './contract-test';
import { recordFixture } from './record-fixture';

/** `touch`; for adapters that have it. */
export const touching: ContractTests = {
  'touch writes the last use and nothing else': async ({ store, other }) => {
    const record = recordFixture();
    await createAll(store, [record]);
    await store.touch?.([{ id: record.id, lastUsedAt: 50 }]);
    assert.deepEqual(await stored(other, record.id), { ...record, lastUsedAt: 50 });
  },

  'touch never goes back in time': async ({ store }) => {
    const { id } = recordFixture();
    await createAll(store, [recordFixture({ id })]);
    const steps = [
      [[30], 30],
      [[20], 30],
      [[40, 60, 50], 60],
      [[60], 60],
    ] as const;
    for (const [times, expected] of steps) {
      await store.touch?.(times.map((lastUsedAt) => ({ id, lastUsedAt })));
      assert.equal((await stored(store, id)).lastUsedAt, expected);
    }
  },

  'touch passes over unknown ids, and takes an empty batch': async ({ store }) => {
    const record = recordFixture();
    await createAll(store, [record]);
    await store.touch?.([]);
    await store.touch?.([
      { id: 'unknown', lastUsedAt: 1 },
      { id: 'a\u0000b', lastUsedAt: 1 },
      { id: record.id, lastUsedAt: 2 },
    ]);
    assert.deepEqual(await listed(store), [{ ...record, lastUsedAt: 2 }]);
  },

  'touch takes batches of any size': async ({ store }) => {
    const ids = Array.from({ length: 300 }, (_, index) => `key-${String(index)}`);
    await Promise.all(ids.map((id) => store.create(recordFixture({ id }))));
    for (const size of [2, 16, 17, 300]) {
      await store.touch?.(ids.slice(0, size).map((id, index) => ({ id, lastUsedAt: size * 1000 + index })));
      const records = await listed(store);
      for (const [index, id] of ids.slice(0, size).entries()) {
        assert.equal(records.find((record) => record.id === id)?.lastUsedAt, size * 1000 + index);
      }
    }
  },

  'touch in parallel keeps the newest': async ({ store, other, parallel }) => {
    const ids = ['a', 'b', 'c'];
    await createAll(
      store,
      ids.map((id) => recordFixture({ id })),
    );
    const touchAll = async (index: number) => {
      const order = index % 3 === 0 ? ids : [...ids].reverse();
      await (index % 2 === 0 ? store : other).touch?.(order.map((id) => ({ id, lastUsedAt: index + 1 })));
    };
    await Promise.all(Array.from({ length: parallel }, (_, index) => touchAll(index)));
    for (const id of ids) assert.equal((await stored(store, id)).lastUsedAt, parallel);
  },
};

/** `deleteExpired`; for adapters that have it. */
export const deleting: ContractTests = {
  'deleteExpired deletes what expired before, and nothing else': async ({ store }) => {
    await createAll(store, [
      recordFixture({ id: 'gone', expiresAt: 99, lookup: 'free again' }),
      recordFixture({ id: 'gone too', expiresAt: 1, revokedAt: 1 }),
      recordFixture({ id: 'at the moment', expiresAt: 100 }),
      recordFixture({ id: 'later', expiresAt: 101 }),
      recordFixture({ id: 'never' }),
      recordFixture({ id: 'revoked', revokedAt: 1 }),
    ]);
    assert.equal(await store.deleteExpired?.(100, 10), 2);
    const left = await listed(store);
    assert.deepEqual(left.map(({ id }) => id).sort(), ['at the moment', 'later', 'never', 'revoked']);
    assert.equal(await store.findByLookup('free again'), null);
    assert.equal(await store.create(recordFixture({ id: 'gone', lookup: 'free again' })), 'created');
  },

  'deleteExpired keeps to its limit': async ({ store }) => {
    await createAll(
      store,
      Array.from({ length: 7 }, () => recordFixture({ expiresAt: 1 })),
    );
    for (const deleted of [3, 3, 1, 0]) assert.equal(await store.deleteExpired?.(100, 3), deleted);
  },
};

/** What is really stored; for adapters with a reader of raw rows. */
export const keeping: ContractTests = {
  'stores the hash and no token': async ({ store, rawRows }) => {
    assert.ok(rawRows, 'the suite has no reader of raw rows');
    const token = 'sk_0123456789abcdefABCDEFGHIJKLMNOPQRSTUVWXYZabcdef000000';
    const hash = `sha256:${createHash('sha256').update(token).digest('hex')}`;
    const record = recordFixture({ hash, name: 'Visible name' });
    await createAll(store, [record]);
    await store.update(record.id, 1, { name: 'Visible again' }, 5);
    const raw = await rawRows();
    for (const text of [record.id, hash, 'Visible again'])
      assert.ok(raw.includes(text), `the reader misses ${text}`);
    assert.ok(!raw.includes(token));
    assert.ok(!raw.includes(token.slice(19, 51)));
  },
};

/** How a store answers, and how it ends. */
export const ending: ContractTests = {
  'ping answers while the store can be reached': async ({ store }) => {
    await store.ping?.();
  },

  'close is safe to call twice': async ({ store }) => {
    await store.close?.();
    await store.close?.();
  },
};
