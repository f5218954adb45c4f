/** The contract of `create`, `findById` and `findByLookup`. */
import assert from 'node:assert/strict';
import type { KeyMetadata, KeyRecord } from '../../keys/key-record';
import { RECORD_LIMITS } from '../record-limits';
import { createAll, listed, refused, stored } from './contract-test';
import type { ContractTests } from './contract-test';
import { recordFixture } from './record-fixture';

const HOSTILE_TEXTS = [
  'plain',
  '',
  ' leading and trailing ',
  "Robert'); DROP TABLE latchkey_keys;--",
  '"double" `back` \\ slash \\0 \\\' %_!',
  'line\r\nfeed\ttab \u0001\u001f\u007f',
  '👩‍👩‍👧 emoji, 漢字, עברית, ﷽, e\u0301 and é',
  '\ufeff\u2028\u2029\uffff\u{10ffff}',
  '{"json": ["like", null]}',
  'null',
  '0x1F',
];

const HOSTILE_METADATA = JSON.parse(
  '{"__proto__": {"admin": true}, "constructor": {"prototype": 1}, "toString": "x", "": [], "a.b": null,' +
    '"deep": {"list": [1, -2.5, 1e300, true, false, null, {"x": ["👩‍👩‍👧"]}]}, "quote\\"": "\\\\u0000"}',
) as KeyMetadata;

/** Every field set, to values of its own. */
function fullRecord(): KeyRecord {
  return recordFixture({
    kind: 'scoped',
    lookup: 'sha256:0123456789abcdef',
    name: 'Full',
    description: 'Every field is set',
    userId: 'user-1',
    scopes: ['systems.read', 'floor:update', '*'],
    level: 'standard',
    origins: ['https://app.example.com', 'localhost'],
    addresses: ['10.0.0.0/8', '2001:db8::/32'],
    hosts: ['api.example.com'],
    rateLimit: { limit: 1000, windowSeconds: 3600 },
    quota: { limit: 50_000, period: 'month' },
    parentId: 'parent-1',
    metadata: HOSTILE_METADATA,
    createdAt: 1,
    updatedAt: 2,
    expiresAt: Number.MAX_SAFE_INTEGER,
    disabledAt: 4,
    revokedAt: 5,
    rotatedAt: 6,
    replacedById: 'successor-1',
    lastUsedAt: 7,
    version: 8,
  });
}

/** Every text as long as the limits let it be, in characters of four bytes. */
function longestRecord(): KeyRecord {
  const wide = (length: number) => '😀'.repeat(length / 2) + 'x'.repeat(length % 2);
  return recordFixture({
    id: wide(RECORD_LIMITS.id),
    lookup: wide(RECORD_LIMITS.lookup),
    ownerId: wide(RECORD_LIMITS.owner),
    userId: wide(RECORD_LIMITS.owner),
    hash: wide(RECORD_LIMITS.hash),
    name: wide(RECORD_LIMITS.name),
    level: wide(RECORD_LIMITS.level),
    description: wide(RECORD_LIMITS.description),
    parentId: wide(RECORD_LIMITS.id),
    replacedById: wide(RECORD_LIMITS.id),
    scopes: Array.from({ length: 500 }, (_, index) => `resource-${String(index)}:action`),
    metadata: { text: wide(RECORD_LIMITS.json - 20) },
  });
}

/** Ids that some database would take for one another. */
const NEAR_IDS = ['near', 'Near', 'NEAR', 'near ', 'near  ', ' near', 'nea\u0301r', 'neár', 'near\t'];

const UNSTORABLE: readonly (readonly [string, Partial<KeyRecord>])[] = [
  ['id', { id: 'a\u0000b' }],
  ['id', { id: '' }],
  ['id', { id: 'x'.repeat(RECORD_LIMITS.id + 1) }],
  ['lookup', { lookup: 'x'.repeat(RECORD_LIMITS.lookup + 1) }],
  ['ownerId', { ownerId: 'x'.repeat(RECORD_LIMITS.owner + 1) }],
  ['name', { name: 'a\u0000' }],
  ['name', { name: 'half \ud83d' }],
  ['name', { name: 'x'.repeat(RECORD_LIMITS.name + 1) }],
  ['description', { description: '\udc00' }],
  ['scopes', { scopes: ['a:b', '\u0000'] }],
  ['metadata', { metadata: { deep: [{ text: '\u0000' }] } }],
  ['metadata', { metadata: { '\ud800': 1 } }],
  ['metadata', { metadata: { when: new Date(0) } }],
  ['metadata', { metadata: { text: 'x'.repeat(RECORD_LIMITS.json) } }],
  ['createdAt', { createdAt: 1.5 }],
  ['expiresAt', { expiresAt: Number.NaN }],
  ['version', { version: 0 }],
];

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
