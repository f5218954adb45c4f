import { kindMask } from '../../lib/service/kind-mask';
import { CATALOGUE, testService } from '../support/test-service';

/** The rules that did not pass. */
async function explained(
  t: ReturnType<typeof testService>,
  ...args: Parameters<ReturnType<typeof testService>['service']['explain']>
) {
  const { rules, ...rest } = await t.service.explain(...args);
  return {
    ...rest,
    rules: Object.fromEntries(rules.map(({ rule, outcome }) => [rule, outcome])),
    all: rules,
  };
}

it('explains a key without conditions, from the store', async () => {
  const t = testService();
  const { key } = await t.create();
  expect(await explained(t, key.id)).toMatchObject({
    keyId: key.id,
    granted: true,
    status: 200,
    reason: null,
    scopes: ['*'],
    rules: {
      key: 'passed',
      revocation: 'passed',
      carrier: 'skipped',
      parent: 'skipped',
      host: 'skipped',
      expiry: 'passed',
      scope: 'skipped',
    },
  });
});

it('tells every rule that fails, and the first as the reason', async () => {
  const t = testService({ catalogue: CATALOGUE });
  const { key } = await t.create({
    kind: 'publishable',
    scopes: ['models:read'],
    origins: ['https://a.example'],
    hosts: ['api.example.com'],
    addresses: ['10.0.0.0/8'],
    expiresAt: t.clock() + 1,
  });
  const facts = {
    origin: 'https://a.example',
    host: 'api.example.com',
    address: '10.1.1.1',
    scope: 'models:read',
  };
  expect(await explained(t, key.id, facts)).toMatchObject({ granted: true });
  await t.service.update(key.id, { disabled: true });
  t.clock.advance(1);
  const bad = await explained(t, key.id, {
    origin: 'https://b.example',
    scope: 'models:write',
    kinds: kindMask(['secret']),
  });
  expect(bad).toMatchObject({
    granted: false,
    status: 401,
    reason: 'key_disabled',
    rules: {
      disabling: 'failed',
      carrier: 'failed',
      host: 'failed',
      expiry: 'failed',
      origin: 'failed',
      address: 'failed',
      scope: 'failed',
    },
  });
  await t.service.revoke(key.id);
  expect(await explained(t, key.id)).toMatchObject({
    reason: 'key_revoked',
    rules: { revocation: 'failed' },
  });
});

it.each([
  ['was not given', { scopes: ['models:read'] }],
  ['its level', { scopes: ['models:read', 'models:write'], level: 'read-only' }],
  ['its user', { scopes: ['models:write'], userId: 'u1' }],
])('tells who takes a scope away: %s', async (message, input) => {
  const t = testService({ catalogue: CATALOGUE, principalScopes: () => ['models:read'] });
  const { key } = await t.create(input);
  const { all, status } = await explained(t, key.id, { scope: 'models:write' });
  expect(all.at(-1)).toMatchObject({
    rule: 'scope',
    outcome: 'failed',
    message: expect.stringContaining(message),
  });
  expect(status).toBe(403);
});

it('explains a temporary token under its parent, and without it', async () => {
  const t = testService();
  const { token, key } = await t.create({ scopes: ['models:read'], hosts: [], addresses: ['10.0.0.0/8'] });
  const verified = await t.verified(token, { address: '10.0.0.1' });
  const minted = await t.service.mintTemporary(verified, { scopes: ['models:read'] });
  const input = { address: '10.0.0.1', scope: 'models:read' };
  expect(await explained(t, minted.key.id, input)).toMatchObject({
    granted: true,
    rules: { parent: 'passed', address: 'passed' },
  });
  await t.service.update(key.id, { scopes: ['chat:send'] });
  expect((await explained(t, minted.key.id, input)).all.at(-1)?.message).toMatch(
    /minted from may not do models:read/,
  );
  await t.service.update(key.id, { disabled: true });
  expect(await explained(t, minted.key.id, input)).toMatchObject({
    reason: 'parent_invalid',
    rules: { parent: 'failed' },
  });
});

it('explains an unknown key, and hides that of another owner', async () => {
  const t = testService();
  const { key } = await t.create({ ownerId: 'acme' });
  for (const id of ['nobody', '', 'a\0']) {
    expect(await explained(t, id)).toMatchObject({
      keyId: id,
      granted: false,
      status: 401,
      reason: 'key_unknown',
      rules: { key: 'failed' },
    });
  }
  for (const id of ['nobody', key.id]) {
    await expect(t.service.explain(id, {}, { ownerId: 'other' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  }
  await expect(t.service.explain(key.id, { scope: 'a b' })).rejects.toMatchObject({
    details: { field: 'scope' },
  });
});

it('lets errors of a catalogue through that are no refusals', async () => {
  const parse = () => {
    throw new RangeError('broken catalogue');
  };
  const t = testService({ catalogue: { ...CATALOGUE, parse, levels: [], level: () => null } });
  await expect(t.service.explain('x', { scope: 'a:b' })).rejects.toThrow(RangeError);
});

it('knows of a revocation that a lagging store does not', async () => {
  const t = testService();
  const { key } = await t.create();
  const before = (await t.inner.findById(key.id))!;
  await t.service.revoke(key.id);
  t.inner.findById = async () => ({ ...before });
  const { rules } = await t.service.explain(key.id);
  expect(rules).toContainEqual({ rule: 'revocation', outcome: 'failed', message: 'was revoked' });
});
