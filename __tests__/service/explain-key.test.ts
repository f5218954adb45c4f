/** explain: every rule with its outcome, the same verdict as verification, and never an error for a bad key. */
import fc from 'fast-check';
import {
  createApiKeys,
  defineScopes,
  memoryStore,
  type CreateKeyInput,
  type ExplainRequest,
} from '../../lib';
import { RULES, judge, type RuleName } from '../../lib/service/judge';

const NOW = Date.parse('2024-01-15T10:00:00Z');
const scopes = defineScopes({
  resources: { models: { actions: ['read', 'write'], publishable: ['read'] } },
  levels: { 'read-only': ['models:read'] },
});

function create(principalScopes?: () => string[]) {
  const clock = { now: NOW };
  const store = memoryStore();
  const keys = createApiKeys({
    store,
    scopes,
    pepper: 'a pepper of more than thirty-two characters',
    clock: () => clock.now,
    ...(principalScopes && { principalScopes }),
  });
  const issue = async (input: Partial<CreateKeyInput> = {}) => {
    return keys.create({ kind: 'secret', name: 'Test', ...input } as never);
  };
  return { keys, store, clock, issue };
}

const BLANK = {
  revocation: 'passed is not revoked',
  disabling: 'passed is switched on',
  carrier: 'skipped no carrier was named',
  parent: 'skipped is no temporary token',
  host: 'skipped belongs to no hosts',
  expiry: 'passed does not expire',
  origin: 'skipped is no publishable key',
  address: 'skipped has no list of addresses',
  scope: 'skipped no scope was named',
};

type Row = readonly [
  name: string,
  input: Partial<CreateKeyInput>,
  request: ExplainRequest,
  expected: { status: number; reason: string | null; rules: Partial<typeof BLANK> },
];

describe('explain', () => {
  it.each<Row>([
    ['a plain key', {}, {}, { status: 200, reason: null, rules: {} }],
    [
      'a scope that it holds',
      { scopes: ['models:read'] },
      { scope: 'models:read' },
      { status: 200, reason: null, rules: { scope: 'passed holds models:read' } },
    ],
    [
      'a scope of one object',
      { scopes: ['models/m1:read'] },
      { scope: 'models:read', objectId: 'm1' },
      { status: 200, reason: null, rules: { scope: 'passed holds models:read' } },
    ],
    [
      'a scope that it lacks',
      { scopes: ['models:read'] },
      { scope: 'models:write' },
      { status: 403, reason: 'scope_missing', rules: { scope: 'failed was not given models:write' } },
    ],
    [
      'a scope that its level takes away',
      { scopes: ['*'], level: 'read-only' },
      { scope: 'models:write' },
      {
        status: 403,
        reason: 'scope_missing',
        rules: { scope: 'failed its level "read-only" takes away models:write' },
      },
    ],
    [
      'a scope that its user may not do',
      { scopes: ['*'], userId: 'u1' },
      { scope: 'models:write' },
      {
        status: 403,
        reason: 'scope_missing',
        rules: { scope: 'failed its user "u1" may not do models:write' },
      },
    ],
    [
      'an end to come',
      { expiresAt: NOW + 1000 },
      {},
      { status: 200, reason: null, rules: { expiry: 'passed expires at 2024-01-15T10:00:01Z' } },
    ],
    [
      'the carrier of another kind',
      { kind: 'publishable', scopes: ['models:read'], origins: ['https://a.example'] },
      { carrier: 'authorization:Bearer', origin: 'https://a.example' },
      {
        status: 401,
        reason: 'kind_wrong',
        rules: {
          carrier: 'failed is a publishable key, and this carrier brings no such key',
          origin: 'passed may be used from this origin',
        },
      },
    ],
    [
      'its own carrier',
      {},
      { carrier: 'header:X-API-KEY' },
      { status: 200, reason: null, rules: { carrier: 'passed may travel this way' } },
    ],
    [
      'another origin',
      { kind: 'publishable', scopes: ['models:read'], origins: ['https://a.example'] },
      { carrier: 'query:pubtoken', origin: 'https://b.example' },
      {
        status: 403,
        reason: 'origin_not_allowed',
        rules: {
          carrier: 'passed may travel this way',
          origin: 'failed may not be used from the origin "https://b.example"',
        },
      },
    ],
    [
      'no origin',
      { kind: 'publishable', scopes: ['models:read'], origins: ['https://a.example'] },
      {},
      {
        status: 403,
        reason: 'origin_missing',
        rules: { origin: 'failed may not be used from the origin (none was given)' },
      },
    ],
    [
      'its address and its host',
      { addresses: ['10.0.0.0/8'], hosts: ['api.example.com'] },
      { address: '10.1.2.3', host: 'api.example.com' },
      {
        status: 200,
        reason: null,
        rules: { address: 'passed may be used from this address', host: 'passed belongs to this host' },
      },
    ],
    [
      'another address and another host: both are told, the first decides',
      { addresses: ['10.0.0.0/8'], hosts: ['api.example.com'] },
      { address: '11.1.2.3', host: 'b.example' },
      {
        status: 401,
        reason: 'host_wrong',
        rules: {
          address: 'failed may not be used from the address "11.1.2.3"',
          host: 'failed does not belong to the host "b.example"',
        },
      },
    ],
  ])('%s', async (_name, input, request, { status, reason, rules }) => {
    const { keys, issue } = create(() => ['models:read']);
    const { key } = await issue(input);
    const explanation = await keys.explain(key.id, request);
    expect(explanation).toMatchObject({ keyId: key.id, granted: status === 200, status, reason });
    const told = explanation.rules.map(({ rule, outcome, message }) => [rule, `${outcome} ${message}`]);
    expect(Object.fromEntries(told)).toEqual({ key: `passed is a ${key.kind} key`, ...BLANK, ...rules });
  });

  it('tells what happened to a key, read from the store and not from the cache', async () => {
    const { keys, store, clock, issue } = create();
    const { token, key } = await issue({ expiresAt: NOW + 1000 });
    expect(await keys.verify(token)).toMatchObject({ granted: true });
    await store.update(key.id, 1, { disabledAt: NOW }, NOW);
    await store.revoke(key.id, NOW);
    clock.now += 1000;
    const { rules, reason } = await keys.explain(key.id);
    expect(reason).toBe('key_revoked');
    expect(rules.filter(({ outcome }) => outcome === 'failed').map(({ message }) => message)).toEqual([
      'was revoked at 2024-01-15T10:00:00Z',
      'was switched off at 2024-01-15T10:00:00Z',
      'it or the key that it was minted from has expired at 2024-01-15T10:00:01Z',
    ]);
  });

  it('takes the parent of a temporary token into account', async () => {
    const { keys, store, issue } = create();
    const parent = await issue({ scopes: ['*'], addresses: ['10.0.0.1'], hosts: ['api.example.com'] });
    const facts = { address: '10.0.0.1', host: 'api.example.com' };
    const verdict = await keys.verify(parent.token, facts);
    if (!verdict.granted) throw new Error('the parent is not granted');
    const { key } = await keys.mintTemporary(verdict.key, { scopes: ['models:write'] });
    const asked = { ...facts, scope: 'models:write' };
    const well = await keys.explain(key.id, asked);
    expect(well.granted).toBe(true);
    expect(well.rules).toContainEqual({
      rule: 'parent',
      outcome: 'passed',
      message: 'the secret key that it was minted from stands',
    });
    expect(await keys.explain(key.id, { ...facts, address: '10.0.0.2' })).toMatchObject({
      reason: 'ip_not_allowed',
    });
    expect(await keys.explain(key.id, { ...facts, host: 'b.example' })).toMatchObject({
      reason: 'host_wrong',
    });
    await store.update(parent.key.id, 1, { scopes: ['models:read'] }, NOW);
    expect((await keys.explain(key.id, asked)).rules.at(-1)?.message).toBe(
      'the secret key that it was minted from may not do models:write',
    );
    await store.revoke(parent.key.id, NOW);
    const { reason, rules } = await keys.explain(key.id, asked);
    expect(reason).toBe('parent_invalid');
    expect(rules).toContainEqual({
      rule: 'parent',
      outcome: 'failed',
      message: 'the secret key that it was minted from is gone, revoked or switched off',
    });
  });

  it('tells that the secret key behind a temporary token has expired', async () => {
    const { keys, store, clock, issue } = create();
    const parent = await issue({ expiresAt: NOW + 1_000_000 });
    const verdict = await keys.verify(parent.token);
    if (!verdict.granted) throw new Error('the parent is not granted');
    const { key } = await keys.mintTemporary(verdict.key, { scopes: ['models:read'] });
    await store.update(key.id, 1, { expiresAt: null }, NOW);
    clock.now += 1_000_000;
    expect((await keys.explain(key.id)).rules).toContainEqual({
      rule: 'expiry',
      outcome: 'failed',
      message: 'it or the key that it was minted from has expired',
    });
  });

  it.each(['AAAAAAAAAAAAAAAA', '', 'a\u0000b', 'x'.repeat(1000)])(
    'an unknown key is explained: %j',
    async (id) => {
      const { keys } = create();
      expect(await keys.explain(id)).toEqual({
        keyId: id,
        granted: false,
        status: 401,
        reason: 'key_unknown',
        rules: [{ rule: 'key', outcome: 'failed', message: 'there is no such key' }],
        scopes: [],
      });
      await expect(keys.explain(id, {}, { ownerId: 'acme' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    },
  );

  it('a key of another owner is not found', async () => {
    const { keys, issue } = create();
    const { key } = await issue({ ownerId: 'other' });
    await expect(keys.explain(key.id, {}, { ownerId: 'acme' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await keys.explain(key.id, {}, { ownerId: 'other' })).toMatchObject({ granted: true });
  });

  it('a scope and a carrier that say nothing are refused', async () => {
    const { keys } = create();
    await expect(keys.explain('x', { scope: 'modls:read' })).rejects.toThrow('scope is invalid: there is no');
    for (const carrier of ['X-API-Key', 'body:token', ':x']) {
      await expect(keys.explain('x', { carrier })).rejects.toThrow('carrier must be authorization, header');
    }
  });

  it.each(['authorization:Digest', 'header:X-Other', 'query:token', 'cookie:api-key'])(
    'a carrier that carries nothing here brings no key: %s',
    async (carrier) => {
      const { keys, issue } = create();
      const { key } = await issue();
      expect(await keys.explain(key.id, { carrier })).toMatchObject({ reason: 'kind_wrong' });
    },
  );

  it('an error of the catalogue that is none of a scope, and a store that is down, are thrown', async () => {
    const { keys, store } = create();
    const parse = jest.spyOn(Object.getPrototypeOf(keys.scopes), 'parse').mockImplementationOnce(() => {
      throw new RangeError('broken');
    });
    await expect(keys.explain('x', { scope: 'a:b' })).rejects.toThrow(RangeError);
    parse.mockRestore();
    jest.spyOn(store, 'findById').mockRejectedValueOnce(new Error('connection refused'));
    await expect(keys.explain('x')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('the rules one by one', () => {
  it('refuse what the judge refuses, in the same order', () => {
    const list = { allows: (value: string | undefined) => value === 'good' };
    const maybe = fc.constantFrom(null, list);
    const entry = fc.record({
      revoked: fc.boolean(),
      kind: fc.constantFrom(1, 2, 4, 8),
      expiresAt: fc.constantFrom(NOW - 1, NOW, NOW + 1, Infinity),
      origins: maybe,
      addresses: maybe,
      hosts: maybe,
      record: fc.record({
        disabledAt: fc.constantFrom(null, NOW),
        kind: fc.constantFrom('secret', 'temporary', 'publishable'),
      }),
    });
    const fact = fc.constantFrom(undefined, 'good', 'bad');
    const request = fc.record({ origin: fact, address: fact, host: fact });
    const facts = {
      origin: (of: { origin: string | undefined }) => of.origin,
      address: (of: { address: string | undefined }) => of.address,
      host: (of: { host: string | undefined }) => of.host,
    };
    fc.assert(
      fc.property(
        entry,
        fc.option(entry),
        fc.integer({ min: 0, max: 15 }),
        request,
        (key, parent, kinds, req) => {
          const args = [key as never, parent as never, kinds, facts as never, req as never, NOW] as const;
          const first = (Object.keys(RULES) as RuleName[])
            .map((name) => RULES[name](...args))
            .find((denial) => denial !== null);
          expect(judge(...args)).toEqual(first ?? null);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
