/** The contract of `list`. */
import assert from 'node:assert/strict';
import type { KeyRecord } from '../../keys/key-record';
import type { KeyStore, ListPosition, ListQuery } from '../key-store';
import { createAll, listed, refused } from './contract-test';
import type { ContractTests } from './contract-test';
import { recordFixture } from './record-fixture';

const NOW = 1000;

async function idsOf(store: KeyStore, query: Partial<ListQuery>): Promise<string[]> {
  const records = await listed(store, { now: NOW, ...query });
  return records.map(({ id }) => id);
}

const named = (id: string, fields: Partial<KeyRecord> = {}) => recordFixture({ id, ...fields });

/** Page after page until the end. */
async function allPages(store: KeyStore, limit: number): Promise<string[]> {
  const ids: string[] = [];
  let after: ListPosition | null = null;
  for (;;) {
    const query: ListQuery = { now: NOW, limit, ...(after === null ? {} : { after }) };
    const page: KeyRecord[] = await store.list(query);
    ids.push(...page.map(({ id }) => id));
    const last = page.at(-1);
    if (page.length < limit || last === undefined) return ids;
    after = { createdAt: last.createdAt, id: last.id };
  }
}

/** `list`. */
export const listing: ContractTests = {
  'is empty at first': async ({ store }) => {
    assert.deepEqual(await listed(store), []);
  },

  'puts the newest first, and equal times in descending order of the bytes of the id': async ({ store }) => {
    const inOrder = ['😀', '\ufffd', 'é', 'z', 'b', 'aa', 'a ', 'a', '_', 'Z', 'A', '9', '!'];
    await createAll(
      store,
      [...inOrder].sort(() => 0.5).map((id) => named(id, { createdAt: 5 })),
    );
    await createAll(store, [named('newest', { createdAt: 6 }), named('oldest', { createdAt: 4 })]);
    assert.deepEqual(await idsOf(store, {}), ['newest', ...inOrder, 'oldest']);
    for (const limit of [1, 2, 5, 15, 16]) {
      assert.deepEqual(await allPages(store, limit), ['newest', ...inOrder, 'oldest']);
    }
  },

  'goes on behind a position whose record is gone': async ({ store }) => {
    await createAll(store, [named('c', { createdAt: 3 }), named('a', { createdAt: 1 })]);
    assert.deepEqual(await idsOf(store, { after: { createdAt: 2, id: 'b' } }), ['a']);
    assert.deepEqual(await idsOf(store, { after: { createdAt: 3, id: 'b' } }), ['a']);
    assert.deepEqual(await idsOf(store, { after: { createdAt: 3, id: 'd' } }), ['c', 'a']);
  },

  'filters by owner, kinds, user and parent, all together': async ({ store }) => {
    const fields = { ownerId: 'o', userId: 'u', parentId: 'p', kind: 'temporary' } as const;
    await createAll(store, [
      named('all', fields),
      named('owner', { ...fields, ownerId: 'x' }),
      named('kind', { ...fields, kind: 'scoped' }),
      named('user', { ...fields, userId: null }),
      named('parent', { ...fields, parentId: null }),
    ]);
    assert.deepEqual(await idsOf(store, { ownerId: 'o' }), ['user', 'parent', 'kind', 'all']);
    assert.deepEqual(await idsOf(store, { kinds: ['scoped', 'secret'] }), ['kind']);
    assert.deepEqual(await idsOf(store, { kinds: [] }), []);
    assert.deepEqual(await idsOf(store, { userId: 'u' }), ['parent', 'owner', 'kind', 'all']);
    assert.deepEqual(await idsOf(store, { parentId: 'p' }), ['user', 'owner', 'kind', 'all']);
    const together = { ownerId: 'o', userId: 'u', parentId: 'p', kinds: ['temporary'] } as const;
    assert.deepEqual(await idsOf(store, together), ['all']);
    assert.deepEqual(await idsOf(store, { ownerId: 'O' }), []);
    assert.deepEqual(await idsOf(store, { ownerId: '\u0000' }), []);
    assert.deepEqual(await idsOf(store, { userId: '' }), []);
  },

  'filters by state at the given moment': async ({ store }) => {
    await createAll(store, [
      named('live'),
      named('later', { expiresAt: NOW + 1 }),
      named('expired', { expiresAt: NOW }),
      named('revoked', { revokedAt: 1 }),
      named('both', { revokedAt: 1, expiresAt: 2 }),
      named('disabled', { disabledAt: 1 }),
    ]);
    assert.deepEqual(await idsOf(store, { state: 'live' }), ['live', 'later', 'disabled']);
    assert.deepEqual(await idsOf(store, { state: 'expired' }), ['expired', 'both']);
    assert.deepEqual(await idsOf(store, { state: 'revoked' }), ['revoked', 'both']);
    assert.deepEqual(await idsOf(store, { state: 'expired', now: NOW + 1 }), ['later', 'expired', 'both']);
  },

  'finds a part of the name, whatever its case': async ({ store }) => {
    await createAll(store, [named('a', { name: 'My Ärger-APP' }), named('b', { name: 'other' })]);
    for (const nameContains of ['app', 'ärger', 'MY ÄR', 'a\u0308rger', '-']) {
      assert.deepEqual(await idsOf(store, { nameContains }), ['a']);
    }
    assert.deepEqual(await idsOf(store, { nameContains: '' }), ['b', 'a']);
    assert.deepEqual(await idsOf(store, { nameContains: 'arger' }), []);
    assert.deepEqual(await idsOf(store, { nameContains: '\u0000' }), []);
  },

  'finds a name after it was changed': async ({ store }) => {
    await createAll(store, [named('a', { name: 'Before' })]);
    await store.update('a', 1, { name: 'AFTER' }, NOW);
    assert.deepEqual(await idsOf(store, { nameContains: 'after' }), ['a']);
    assert.deepEqual(await idsOf(store, { nameContains: 'before' }), []);
  },

  'takes wildcards and quotes in a name for themselves': async ({ store }) => {
    const names = ['100%', '100x', 'a_b', 'axb', 'bang!', '!%', 'back\\slash', "it's", '[a]', '*'];
    await createAll(
      store,
      names.map((name) => recordFixture({ name })),
    );
    for (const part of ['0%', 'a_b', '!', '\\', '\\s', "'", '[a]', '*', '%', '_']) {
      const found = await listed(store, { nameContains: part });
      assert.deepEqual(
        found.map(({ name }) => name).sort(),
        names.filter((name) => name.includes(part)).sort(),
        `searching for ${part}`,
      );
    }
  },

  'refuses a limit out of range': async ({ store }) => {
    for (const limit of [0, -1, 1.5, 1001, Number.NaN]) {
      await refused(() => store.list({ now: NOW, limit }), /limit/);
    }
  },
};
