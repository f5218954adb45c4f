/** The contract of `create`, `findById` and `findByLookup`. */
import assert from 'node:assert/strict';
import type { KeyRecord } from '../../keys/key-record';
import { createAll, listed, refused, stored } from './contract-test';
import type { ContractTests } from './contract-test';
import {
  HOSTILE_METADATA,
  HOSTILE_TEXTS,
  NEAR_IDS,
  UNSTORABLE,
  fullRecord,
  longestRecord,
} from './hostile-records';
import { recordFixture } from './record-fixture';

/** `create`, `findById` and `findByLookup`. */
export const storing: ContractTests = {
  'keeps every field exactly': async ({ store, other }) => {
    const record = fullRecord();
    await createAll(store, [record]);
    assert.deepEqual(await store.findById(record.id), record);
    assert.deepEqual(await other.findById(record.id), record);
    assert.deepEqual(await store.findByLookup('sha256:0123456789abcdef'), record);
  },

  'keeps null and empty apart': async ({ store }) => {
    const record = recordFixture({ name: '', description: '' });
    await createAll(store, [record]);
    assert.deepEqual(await store.findById(record.id), record);
  },

  'keeps hostile text as it is': async ({ store }) => {
    const records = HOSTILE_TEXTS.map((text) =>
      recordFixture({
        name: text,
        description: text,
        hash: `h${text}`,
        lookup: `l${text}`,
        ownerId: `o${text}`,
        userId: `u${text}`,
        scopes: [text, text],
        origins: [text],
        metadata: { text, [`key ${text}`]: text },
      }),
    );
    await createAll(store, records);
    for (const record of records) {
      assert.deepEqual(await store.findById(record.id), record);
      assert.deepEqual(await store.findByLookup(record.lookup ?? ''), record);
    }
  },

  'keeps a __proto__ in metadata as data': async ({ store }) => {
    const record = recordFixture({ metadata: HOSTILE_METADATA });
    await createAll(store, [record]);
    const { metadata } = await stored(store, record.id);
    assert.equal(JSON.stringify(metadata), JSON.stringify(HOSTILE_METADATA));
    assert.equal(Object.getPrototypeOf(metadata), Object.prototype);
    assert.equal(({} as Record<string, unknown>).admin, undefined);
  },

  'keeps texts at their longest': async ({ store }) => {
    const record = longestRecord();
    await createAll(store, [record]);
    assert.deepEqual(await store.findById(record.id), record);
    assert.deepEqual(await store.findByLookup(record.lookup ?? ''), record);
    assert.deepEqual(await listed(store, { ownerId: record.ownerId }), [record]);
  },

  'compares ids byte for byte': async ({ store }) => {
    await createAll(
      store,
      NEAR_IDS.map((id) => recordFixture({ id, name: `name of ${id}` })),
    );
    for (const id of NEAR_IDS) assert.equal((await stored(store, id)).name, `name of ${id}`);
    assert.equal(await store.findById('nEar'), null);
    assert.equal(await store.findById('near   '), null);
  },

  'compares lookups and owners byte for byte': async ({ store }) => {
    await createAll(
      store,
      NEAR_IDS.map((text) => recordFixture({ lookup: text, ownerId: text })),
    );
    for (const text of NEAR_IDS) {
      assert.equal((await store.findByLookup(text))?.ownerId, text);
      const records = await listed(store, { ownerId: text });
      assert.deepEqual(
        records.map(({ lookup }) => lookup),
        [text],
      );
    }
  },

  'answers null for what no record has': async ({ store }) => {
    await createAll(store, [recordFixture()]);
    for (const text of [
      'unknown',
      '',
      'a\u0000b',
      '\ud83d',
      'x'.repeat(100_000),
      '%',
      '__proto__',
      "' or 1=1 --",
    ]) {
      assert.equal(await store.findById(text), null);
      assert.equal(await store.findByLookup(text), null);
    }
  },

  'refuses a second record with the same id, and keeps the first': async ({ store, other }) => {
    const record = recordFixture();
    await createAll(store, [record]);
    assert.equal(await store.create(recordFixture({ id: record.id, name: 'Second' })), 'duplicate');
    assert.equal(await other.create(recordFixture({ id: record.id }), { limit: 100, now: 0 }), 'duplicate');
    assert.deepEqual(await store.findById(record.id), record);
  },

  'refuses a second record with the same lookup, of a revoked key too': async ({ store }) => {
    const record = recordFixture({ lookup: 'taken' });
    await createAll(store, [record]);
    await store.revoke(record.id, 10);
    const second = recordFixture({ lookup: 'taken' });
    assert.equal(await store.create(second), 'duplicate');
    assert.equal(await store.findById(second.id), null);
    assert.equal((await store.findByLookup('taken'))?.id, record.id);
  },

  'takes any number of records without a lookup': async ({ store }) => {
    await createAll(store, [recordFixture(), recordFixture(), recordFixture()]);
  },

  'lets one of many parallel creations with one id through': async ({ store, other, parallel }) => {
    const { id } = recordFixture();
    const outcomes = await Promise.all(
      Array.from({ length: parallel }, (_, index) =>
        (index % 2 === 0 ? store : other).create(recordFixture({ id, name: String(index) })),
      ),
    );
    assert.equal(outcomes.filter((outcome) => outcome === 'created').length, 1);
    assert.equal(outcomes.filter((outcome) => outcome === 'duplicate').length, parallel - 1);
  },

  'refuses what some database could not keep': async ({ store }) => {
    for (const [field, fields] of UNSTORABLE) {
      const record = recordFixture(fields);
      await refused(() => store.create(record), new RegExp(field));
      await refused(() => store.create(record, { limit: 100, now: 0 }), new RegExp(field));
    }
    assert.deepEqual(await listed(store), []);
  },

  'shares no object with its caller': async ({ store }) => {
    const record = fullRecord();
    const given = JSON.parse(JSON.stringify(record)) as KeyRecord;
    assert.equal(await store.create(given), 'created');
    deface(given);
    assert.deepEqual(await store.findById(record.id), record);
    deface(await stored(store, record.id));
    deface(await store.findByLookup(record.lookup ?? ''));
    deface((await listed(store, { limit: 1 }))[0]);
    assert.deepEqual(await store.findById(record.id), record);
  },
};

/** Changes an object as deeply as it goes. */
function deface(target: unknown): void {
  if (typeof target !== 'object' || target === null) return;
  for (const [key, value] of Object.entries(target)) {
    if (Array.isArray(value)) value.push('defaced');
    else if (typeof value === 'object') deface(value);
    else (target as Record<string, unknown>)[key] = 'defaced';
  }
}
