/** Records that a store is likely to get wrong. */
import type { KeyMetadata, KeyRecord } from '../../keys/key-record';
import { RECORD_LIMITS } from '../record-limits';
import { recordFixture } from './record-fixture';

/** Texts that some layer would take for its own. */
export const HOSTILE_TEXTS: readonly string[] = [
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

/** Names and values that some reader of JSON would take for its own. */
export const HOSTILE_METADATA = JSON.parse(
  '{"__proto__": {"admin": true}, "constructor": {"prototype": 1}, "toString": "x", "": [], "a.b": null,' +
    '"deep": {"list": [1, -2.5, 1e300, true, false, null, {"x": ["👩‍👩‍👧"]}]}, "quote\\"": "\\\\u0000"}',
) as KeyMetadata;

/** Every field set, to values of its own. */
export function fullRecord(): KeyRecord {
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
export function longestRecord(): KeyRecord {
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
export const NEAR_IDS: readonly string[] = [
  'near',
  'Near',
  'NEAR',
  'near ',
  'near  ',
  ' near',
  'nea\u0301r',
  'neár',
  'near\t',
];

/** Fields that every adapter refuses, with the name that the refusal says. */
export const UNSTORABLE: readonly (readonly [string, Partial<KeyRecord>])[] = [
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
