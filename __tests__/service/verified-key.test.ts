import { inspect } from 'node:util';
import { grantOf, isVerifiedKey, payerOf, realmOf } from '../../lib/service/verified-key';
import { kindBit, kindMask, ALL_KINDS } from '../../lib/service/kind-mask';
import { KEY_KINDS } from '../../lib/keys/kinds';
import { CATALOGUE, testService } from '../support/test-service';

it('shows the public fields and the principal, and may do what its scopes say', async () => {
  const t = testService({ catalogue: CATALOGUE });
  const { token, key } = await t.create({
    scopes: ['models:read'],
    userId: 'u1',
    ownerId: 'acme',
    level: 'admin',
    metadata: { a: 1 },
    rateLimit: { limit: 1, windowSeconds: 2 },
    quota: { limit: 3, period: 'day' },
    expiresAt: t.clock() + 10_000,
  });
  const verified = await t.verified(token);
  for (const name of Object.keys(key).filter((field) => field in verified) as (keyof typeof verified &
    keyof typeof key)[]) {
    expect({ [name]: verified[name] }).toEqual({ [name]: key[name] });
  }
  expect(verified.principal).toEqual({ type: 'user', id: 'u1', ownerId: 'acme' });
  expect([
    verified.can('models:read'),
    verified.can('models.read', 'm1'),
    verified.can('models:write'),
  ]).toEqual([true, true, false]);
  expect(() => verified.can('modls:read')).toThrow(TypeError);
  expect(JSON.parse(JSON.stringify(verified))).toMatchObject({ id: key.id, scopes: ['models:read'] });
  expect(inspect(verified)).toMatch(/^VerifiedKey \{/);
  expect(Object.isFrozen(verified)).toBe(true);
  const verdict = t.verify(token);
  expect(verdict).toMatchObject({ granted: true, apiKey: verified, key: verified, scope: 'models:read' });
});

it('acts as itself without a user', async () => {
  const t = testService();
  const { token, key } = await t.create();
  expect((await t.verified(token)).principal).toEqual({ type: 'key', id: key.id, ownerId: 'default' });
});

it('is told from a look-alike, and from that of another service', async () => {
  const [one, two] = [testService(), testService()];
  const key = await one.verified((await one.create()).token);
  const other = await two.verified((await two.create()).token);
  expect([key, Object.create(key), null, 'key'].map((value) => isVerifiedKey(value))).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect(realmOf(key)).toBe(one.service.realm);
  expect(realmOf(other)).not.toBe(realmOf(key));
  expect(grantOf(key).allowsAll()).toBe(true);
});

it('has what the catalogue of today knows: unknown scopes grant nothing, an unknown level takes all', async () => {
  const t = testService({ catalogue: CATALOGUE });
  const { token, key } = await t.create({ scopes: ['models:read', 'chat:send'] });
  const stored = (await t.inner.findById(key.id))!;
  const find = jest.spyOn(t.inner, 'findById');
  find.mockResolvedValue({ ...stored, scopes: ['floor:read', 'chat:send'] });
  expect((await t.verified(token)).scopes).toEqual(['chat:send']);
  t.clock.advance(5_000);
  find.mockResolvedValue({ ...stored, level: 'gone' });
  expect((await t.verified(token)).scopes).toEqual([]);
});

it('is not granted when the catalogue breaks', async () => {
  const t = testService();
  const { token } = await t.create({ scopes: ['a:b'] });
  const catalogue = {
    ...t.service.catalogue,
    parse: () => {
      throw new RangeError('broken');
    },
  };
  const broken = testService({ catalogue }, { controlled: t, clock: t.clock });
  expect(await broken.outcome(token)).toBe('unavailable');
});

it('has a bit for each kind', () => {
  expect(KEY_KINDS.map(kindBit)).toEqual([1, 2, 4, 8]);
  expect(kindMask(KEY_KINDS)).toBe(ALL_KINDS);
  expect(kindMask([])).toBe(0);
});

it('is paid for by its parent, or by itself', async () => {
  const t = testService();
  const { token, key } = await t.create({ quota: { limit: 3, period: 'day' } });
  const parent = await t.verified(token);
  const minted = await t.service.mintTemporary(parent, { scopes: ['a:b'] });
  const child = await t.verified(minted.token);
  expect([payerOf(parent).id, payerOf(child).id]).toEqual([key.id, key.id]);
  expect(child.quota).toEqual(key.quota);
});
