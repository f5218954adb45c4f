/** Records in the cache share what is equal in them, and stay what they were. */
import { createShareParts } from '../../lib/service/share-parts';
import { recordFixture } from '../../lib/stores/contract/record-fixture';

const share = createShareParts();

it('keeps every field', () => {
  const full = recordFixture({
    scopes: ['models:read', 'models/1:*'],
    origins: ['https://app.example.com'],
    addresses: ['10.0.0.0/8'],
    hosts: ['api.example.com'],
    metadata: { team: 'a' },
    expiresAt: 5_000_000_000_000,
  });
  expect(share(full)).toEqual(full);
  const plain = recordFixture({ metadata: {}, origins: [], addresses: [], hosts: [] });
  expect(share(plain)).toEqual(plain);
});

it('passes on a kind that it does not know', () => {
  expect(share(recordFixture({ kind: 'other' as 'secret' })).kind).toBe('other');
});

it('makes equal lists one frozen list, and leaves the store its own', () => {
  const scopes = ['models:read'];
  const [a, b] = [share(recordFixture({ scopes })), share(recordFixture({ scopes: ['models:read'] }))];
  expect(a.scopes).toBe(b.scopes);
  expect(a.metadata).toBe(b.metadata);
  expect(a.hosts).toBe(b.hosts);
  expect(Object.isFrozen(a.scopes)).toBe(true);
  expect(Object.isFrozen(scopes)).toBe(false);
  expect(share(recordFixture({ scopes: ['models:read', 'models:write'] })).scopes).not.toEqual(a.scopes);
});
