/** The rules in their order: the first that refuses decides. */
import { createGrants } from '../../lib/service/grants';
import { createEntryFactory } from '../../lib/service/entry-factory';
import { newRecord } from '../../lib/service/create-key';
import { judge, RULES } from '../../lib/service/judge';
import { ALL_KINDS, kindMask } from '../../lib/service/kind-mask';
import { KNOWN_FACTS, type KnownFacts } from '../../lib/service/request-facts';
import { OPEN_CATALOGUE } from '../../lib/keys/scope-catalogue';
import type { KeyRecord } from '../../lib/keys/key-record';

const NOW = 1_000_000;
const { entry } = createEntryFactory(createGrants(OPEN_CATALOGUE), { parseScope: OPEN_CATALOGUE.parse });

function entryOf(fields: Partial<KeyRecord>) {
  const record = newRecord(
    { id: 'k', kind: 'secret', hash: 'h', name: 'n', ownerId: 'o', scopes: ['*'], ...fields },
    0,
  );
  return entry(record, { readAt: 0, sequence: 0 }, false, null);
}

const CHILD = { kind: 'temporary', parentId: 'p' } as const;
const PAGE = { kind: 'publishable', origins: ['https://a.example'] } as const;
const OK: KnownFacts = { origin: 'https://a.example', address: '10.1.2.3', host: 'api.example.com' };

it.each<[string, Partial<KeyRecord>, Partial<KeyRecord> | null, KnownFacts, string | null]>([
  ['a key without conditions', {}, null, {}, null],
  ['revoked, disabled and expired', { revokedAt: 1, disabledAt: 1, expiresAt: 1 }, null, OK, 'key_revoked'],
  ['disabled and expired', { disabledAt: 1, expiresAt: 1 }, null, OK, 'key_disabled'],
  ['expired, on another host', { expiresAt: 1, hosts: ['b.example'] }, null, OK, 'host_wrong'],
  ['expired, from another address', { expiresAt: NOW, addresses: ['192.0.2.1'] }, null, OK, 'key_expired'],
  ['about to expire', { expiresAt: NOW + 1 }, null, OK, null],
  ['on its host', { hosts: ['api.example.com'] }, null, OK, null],
  [
    'on its host, whatever the port',
    { hosts: ['api.example.com'] },
    null,
    { host: 'api.example.com:8443' },
    null,
  ],
  ['on an unknown host', { hosts: ['api.example.com'] }, null, {}, 'host_wrong'],
  ['from its addresses', { addresses: ['10.0.0.0/8'] }, null, OK, null],
  ['from another address', { addresses: ['192.0.2.0/24'] }, null, OK, 'ip_not_allowed'],
  ['from an unknown address', { addresses: ['10.0.0.0/8'] }, null, {}, 'ip_not_allowed'],
  ['a page of its own', PAGE, null, OK, null],
  ['a page of another', PAGE, null, { origin: 'https://b.example' }, 'origin_not_allowed'],
  ['no page', PAGE, null, {}, 'origin_missing'],
  ['an empty list of origins', { ...PAGE, origins: [] }, null, OK, 'origin_not_allowed'],
  ['another page, from another address', { ...PAGE, addresses: ['192.0.2.1'] }, null, {}, 'origin_missing'],
  ['a child of a secret key', CHILD, {}, OK, null],
  ['a child of nobody', CHILD, null, OK, 'parent_invalid'],
  ['a child of a scoped key', CHILD, { kind: 'scoped' }, OK, 'parent_invalid'],
  ['a child of a child', CHILD, { kind: 'temporary' }, OK, 'parent_invalid'],
  ['a child of a revoked key', CHILD, { revokedAt: 1 }, OK, 'parent_invalid'],
  ['a child of a disabled key', CHILD, { disabledAt: 1 }, OK, 'parent_invalid'],
  ['a child of an expired key', { ...CHILD, expiresAt: NOW + 9 }, { expiresAt: NOW }, OK, 'key_expired'],
  ['a child, where its parent may not be used', CHILD, { hosts: ['b.example'] }, OK, 'host_wrong'],
  [
    'a child, from where its parent may not be used',
    CHILD,
    { addresses: ['192.0.2.1'] },
    OK,
    'ip_not_allowed',
  ],
  [
    'a child bound to less than its parent',
    { ...CHILD, addresses: ['10.9.9.9'] },
    { addresses: ['10.0.0.0/8'] },
    OK,
    'ip_not_allowed',
  ],
])('%s', (_name, fields, parent, facts, reason) => {
  const [key, above] = [entryOf(fields), parent === null ? null : entryOf(parent)];
  expect(judge(key, above, ALL_KINDS, KNOWN_FACTS, facts, NOW)?.reason ?? null).toBe(reason);
  // Asked one by one, the rules say the same.
  const first = Object.values(RULES)
    .map((rule) => rule(key, above, ALL_KINDS, KNOWN_FACTS, facts, NOW))
    .find((denial) => denial !== null);
  expect(first?.reason ?? null).toBe(reason);
});

it('refuses a kind that the carrier does not bring', () => {
  expect(judge(entryOf({}), null, kindMask(['scoped']), KNOWN_FACTS, OK, NOW)?.reason).toBe('kind_wrong');
});

it('asks nothing about a request that no condition needs', () => {
  const facts = { origin: jest.fn(), address: jest.fn(), host: jest.fn() };
  expect(judge(entryOf({}), null, ALL_KINDS, facts, {}, NOW)).toBeNull();
  expect([facts.origin, facts.address, facts.host].map((fact) => fact.mock.calls.length)).toEqual([0, 0, 0]);
});
