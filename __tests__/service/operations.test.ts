/** Create, mint, update, rotate, revoke, get, list, purge and close: their rules and their answers. */
import { createTokenFormat } from '../../lib/keys/token-format';
import { createDueKeys } from '../../lib/service/due-keys';
import { KNOWN_FACTS } from '../../lib/service/request-facts';
import { settle } from '../support/controlled-store';
import { CATALOGUE, testService } from '../support/test-service';

const DAY = 86_400_000;

describe('create', () => {
  it('answers the token once, and the public fields', async () => {
    const t = testService();
    const { token, key } = await t.create({ name: 'Build server' });
    expect(token).toMatch(/^sk_[0-9A-Za-z]{54}$/);
    expect(key).toEqual({
      id: token.slice(3, 19),
      kind: 'secret',
      name: 'Build server',
      description: '',
      ownerId: 'default',
      userId: null,
      scopes: ['*'],
      level: null,
      origins: [],
      addresses: [],
      hosts: [],
      rateLimit: null,
      quota: null,
      parentId: null,
      metadata: {},
      createdAt: t.clock(),
      updatedAt: t.clock(),
      expiresAt: null,
      disabledAt: null,
      revokedAt: null,
      rotatedAt: null,
      replacedById: null,
      lastUsedAt: null,
      version: 1,
    });
    expect(await t.service.get(key.id)).toEqual(key);
  });

  it.each([
    ['secret', {}, ['*']],
    ['scoped', { level: 'read-only' }, ['models:read']],
    ['publishable', { level: 'read-only' }, ['models:read']],
    ['secret', { level: 'admin' }, ['*']],
  ] as const)('gives a %s key with %j the scopes %j', async (kind, input, scopes) => {
    const t = testService({ catalogue: CATALOGUE });
    expect((await t.create({ kind, ...input })).key.scopes).toEqual(scopes);
  });

  it.each([
    ['a scoped key without scopes', { kind: 'scoped' }],
    ['a publishable key without scopes', { kind: 'publishable' }],
    ['a publishable key that writes', { kind: 'publishable', scopes: ['models:write'] }],
    ['a publishable key that may do everything', { kind: 'publishable', scopes: ['*'] }],
    ['a publishable key at a level that is not for it', { kind: 'publishable', level: 'admin' }],
  ] as const)('refuses %s', async (_name, input) => {
    const t = testService({ catalogue: CATALOGUE });
    await expect(t.create(input)).rejects.toMatchObject({ details: { field: 'scopes' } });
  });

  it('refuses a key without a name', async () => {
    await expect(testService().create({ name: undefined as never })).rejects.toMatchObject({
      details: { field: 'name' },
    });
  });

  it('keeps the cap exactly under 200 creations at once', async () => {
    const t = testService();
    for (let i = 0; i < 95; i += 1) await t.create();
    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => t.create()));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(outcomes.length - refused.length).toBe(5);
    expect(new Set(refused.map(({ reason }) => (reason as Error).message))).toEqual(
      new Set(['At most 100 secret keys can exist at a time']),
    );
    expect(refused[0]!.reason).toMatchObject({ code: 'CONFLICT', details: { limit: 100 } });
    // Another owner, another kind and no cap are other matters.
    await t.create({ ownerId: 'acme' });
    await t.create({ kind: 'scoped', scopes: ['a:b'] });
  });

  it('issues nothing when the random source repeats itself', async () => {
    const tokens = createTokenFormat({ randomBytes: (size) => new Uint8Array(size).fill(7) });
    const t = testService({ tokens });
    const { token } = await t.create();
    await expect(t.create()).rejects.toMatchObject({ code: 'CONFLICT' });
    const { key } = await t.service.mintTemporary(await t.verified(token), { scopes: ['a:b'] }).then(
      (minted) => minted,
      () => ({ key: null }),
    );
    expect(key).toBeNull();
    await expect(t.service.rotate(token.slice(3, 19))).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('asks who approves before anything is stored', async () => {
    const t = testService();
    const approve = jest.fn(() => {
      throw new RangeError('not yours');
    });
    await expect(t.service.create({ kind: 'secret', name: 'x' }, undefined, approve)).rejects.toThrow(
      RangeError,
    );
    expect(t.calls).toEqual({});
  });
});

describe('mintTemporary', () => {
  async function parent(
    input: Parameters<ReturnType<typeof testService>['create']>[0] = {},
    caps = Infinity,
  ) {
    const t = testService({ caps: { secret: 9, publishable: 9, scoped: 9, temporary: caps } });
    const { token, key } = await t.create(input);
    return { t, key, verified: await t.verified(token, { origin: 'https://a.example' }) };
  }

  it.each([
    [undefined, 3_600],
    [900, 900],
    [86_400, 86_400],
  ])('with durationSeconds %s lives %s seconds', async (durationSeconds, lives) => {
    const { t, verified } = await parent({ userId: 'u1', ownerId: 'acme' });
    const input = { scopes: ['models:read'], ...(durationSeconds === undefined ? {} : { durationSeconds }) };
    const minted = await t.service.mintTemporary(verified, input);
    expect(minted).toMatchObject({
      authorization: `Bearer ${minted.token}`,
      expiresAt: t.clock() / 1000 + lives,
      key: { kind: 'temporary', parentId: verified.id, userId: 'u1', ownerId: 'acme' },
    });
    t.clock.advance(lives * 1000 - 1);
    expect(await t.outcome(minted.token)).toBe('granted');
    t.clock.advance(1);
    expect(await t.outcome(minted.token)).toBe('key_expired');
  });

  it.each([899, 86_401, 1_000.5, '3600', null, NaN, -1])(
    'refuses durationSeconds %j',
    async (durationSeconds) => {
      const { t, verified } = await parent();
      const minted = t.service.mintTemporary(verified, {
        scopes: ['a:b'],
        durationSeconds: durationSeconds as number,
      });
      await expect(minted).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        details: { field: 'durationSeconds', minimum: 900, maximum: 86_400 },
      });
    },
  );

  it.each([[null], [{ scopes: [] }], [{}], [{ scopes: ['a:b'], extra: 1 }], [{ scopes: 'a:b' }]])(
    'refuses %j',
    async (input) => {
      const { t, verified } = await parent();
      await expect(t.service.mintTemporary(verified, input as never)).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
      });
    },
  );

  it('refuses scopes beyond the parent', async () => {
    const { t, verified } = await parent({ scopes: ['models:read', 'chat:send'] });
    const minted = t.service.mintTemporary(verified, { scopes: ['models:read', 'models:write', '*'] });
    await expect(minted).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { required: 'models:write *', provided: 'models:read chat:send' },
    });
  });

  it('refuses every parent but a secret key', async () => {
    const { t, verified } = await parent({ kind: 'scoped', scopes: ['a:b'] });
    await expect(t.service.mintTemporary(verified, { scopes: ['a:b'] })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { reason: 'secret_key_required' },
    });
  });

  it('never lives past its parent, and is not minted from one that has expired', async () => {
    const { t, verified, key } = await parent();
    await t.service.update(key.id, { expiresAt: t.clock() + 60_500 });
    const { token } = await t.create({ expiresAt: t.clock() + 60_500 });
    const short = await t.verified(token);
    const minted = await t.service.mintTemporary(short, { scopes: ['a:b'] });
    expect(minted.expiresAt).toBe(t.clock() / 1000 + 60);
    t.clock.advance(60_500);
    await expect(t.service.mintTemporary(short, { scopes: ['a:b'] })).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      denial: { reason: 'key_expired' },
    });
    expect(verified.expiresAt).toBeNull();
  });

  it('keeps the cap of temporary tokens', async () => {
    const { t, verified } = await parent({}, 2);
    for (let i = 0; i < 2; i += 1) await t.service.mintTemporary(verified, { scopes: ['a:b'] });
    await expect(t.service.mintTemporary(verified, { scopes: ['a:b'] })).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { limit: 2 },
    });
  });

  it('refuses an id that is taken', async () => {
    const { t, verified } = await parent();
    jest.spyOn(t.inner, 'create').mockResolvedValue('duplicate');
    await expect(t.service.mintTemporary(verified, { scopes: ['a:b'] })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('refuses what only looks like a verified key', async () => {
    const { t, verified } = await parent();
    await expect(
      t.service.mintTemporary({ id: verified.id, kind: 'secret' } as never, { scopes: ['a:b'] }),
    ).rejects.toThrow(TypeError);
  });
});

describe('update', () => {
  it('changes what is given, and nothing else', async () => {
    const t = testService();
    const { key } = await t.create({ description: 'kept' });
    t.clock.advance(10);
    expect(await t.service.update(key.id, { name: 'New' })).toEqual({
      ...key,
      name: 'New',
      updatedAt: t.clock(),
      version: 2,
    });
    t.reset();
    expect(await t.service.update(key.id, {})).toMatchObject({ name: 'New', version: 2 });
    expect(t.writes()).toBe(0);
  });

  it('keeps the moment at which a key was disabled', async () => {
    const t = testService();
    const { key } = await t.create();
    const { disabledAt } = await t.service.update(key.id, { disabled: true });
    t.clock.advance(10);
    expect((await t.service.update(key.id, { disabled: true })).disabledAt).toBe(disabledAt);
    await expect(t.service.update(key.id, { disabled: 'yes' as never })).rejects.toMatchObject({
      details: { field: 'disabled' },
    });
  });

  it('is applied over a change that came between', async () => {
    const t = testService();
    const { key } = await t.create();
    t.setGate((phase, method) => {
      if (phase !== 'before' || method !== 'update') return undefined;
      t.setGate(null);
      return t.service.update(key.id, { description: 'theirs' }).then(() => undefined);
    });
    expect(await t.service.update(key.id, { name: 'mine' })).toMatchObject({
      name: 'mine',
      description: 'theirs',
    });
  });

  it('gives up, with 503, when others always come between', async () => {
    const t = testService();
    const { key } = await t.create();
    const record = (await t.inner.findById(key.id))!;
    jest.spyOn(t.inner, 'update').mockResolvedValue({ outcome: 'conflict', record });
    await expect(t.service.update(key.id, { name: 'x' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('is a conflict for a revoked key, also one that is revoked meanwhile', async () => {
    const t = testService();
    const { key } = await t.create();
    t.setGate((phase, method) => {
      if (phase !== 'before' || method !== 'update') return undefined;
      t.setGate(null);
      return t.service.revoke(key.id).then(() => undefined);
    });
    await expect(t.service.update(key.id, { name: 'x' })).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(t.service.update(key.id, { name: 'x' })).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('rotate', () => {
  it('gives a successor with the same rights, while the old key lives on for a day', async () => {
    const t = testService();
    const old = await t.create({ scopes: ['models:read'], userId: 'u1', expiresAt: t.clock() + 30 * DAY });
    const { token, key, previous } = await t.service.rotate(old.key.id);
    expect(key).toEqual({ ...old.key, id: key.id });
    expect(previous).toMatchObject({
      expiresAt: t.clock() + DAY,
      rotatedAt: t.clock(),
      replacedById: key.id,
    });
    expect([await t.outcome(token), await t.outcome(old.token)]).toEqual(['granted', 'granted']);
    t.clock.advance(DAY);
    expect([await t.outcome(token), await t.outcome(old.token)]).toEqual(['granted', 'key_expired']);
  });

  it.each([
    [31_536_000, 10_000, 10_000],
    [5, 10_000, 5_000],
    [0, 10_000, 0],
  ])(
    'with an overlap of %s s and %s ms to live, the old key lives %s ms',
    async (overlapSeconds, left, lives) => {
      const t = testService();
      const { key } = await t.create({ expiresAt: t.clock() + left });
      const { previous } = await t.service.rotate(key.id, { overlapSeconds });
      expect(previous.expiresAt).toBe(t.clock() + lives);
    },
  );

  it.each([-1, 0.5, 31_536_001, '60', null, Infinity])('refuses an overlap of %j', async (overlapSeconds) => {
    const t = testService();
    const { key } = await t.create();
    await expect(
      t.service.rotate(key.id, { overlapSeconds: overlapSeconds as number }),
    ).rejects.toMatchObject({
      details: { field: 'overlapSeconds' },
    });
  });

  it.each<[string, (t: ReturnType<typeof testService>, id: string) => Promise<unknown>]>([
    ['revoked', (t, id) => t.service.revoke(id)],
    ['disabled', (t, id) => t.service.update(id, { disabled: true })],
    ['rotated', (t, id) => t.service.rotate(id)],
    [
      'expired',
      async (t, id) => {
        await t.service.update(id, { expiresAt: t.clock() + 1 });
        t.clock.advance(1);
      },
    ],
  ])('refuses a key that is %s', async (_name, change) => {
    const t = testService();
    const { key } = await t.create();
    await change(t, key.id);
    await expect(t.service.rotate(key.id)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('refuses a temporary token', async () => {
    const t = testService();
    const minted = await t.service.mintTemporary(await t.verified((await t.create()).token), {
      scopes: ['a:b'],
    });
    await expect(t.service.rotate(minted.key.id)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('gives one successor, however many rotate at once', async () => {
    const t = testService();
    const { key } = await t.create();
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => t.service.rotate(key.id)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await t.service.list()).keys).toHaveLength(2);
  });
});

describe('every operation on one key', () => {
  type Operation = (t: ReturnType<typeof testService>, id: string, ownerId?: string) => Promise<unknown>;
  const owner = (ownerId?: string) => (ownerId === undefined ? {} : { ownerId });
  const operations: [string, Operation][] = [
    ['get', (t, id, o) => t.service.get(id, owner(o))],
    ['update', (t, id, o) => t.service.update(id, { name: 'x' }, owner(o))],
    ['revoke', (t, id, o) => t.service.revoke(id, owner(o))],
    ['rotate', (t, id, o) => t.service.rotate(id, owner(o))],
  ];

  it.each(operations)('%s cannot tell an unknown id from that of another owner', async (_name, operation) => {
    const t = testService();
    const { key } = await t.create({ ownerId: 'acme' });
    for (const [id, ownerId] of [
      [key.id, 'other'],
      ['0123456789abcdef', 'acme'],
      ['0123456789abcdef', undefined],
      ['', undefined],
      ['a\0', undefined],
      ['x'.repeat(129), undefined],
      ['__proto__', undefined],
      [undefined as never, undefined],
    ] as const) {
      await expect(operation(t, id, ownerId)).rejects.toMatchObject({
        code: 'NOT_FOUND',
        status: 404,
        details: {},
      });
    }
    await expect(operation(t, key.id, 'acme')).resolves.toBeDefined();
  });

  it.each([
    ['revoke', null],
    ['update', { outcome: 'not_found' }],
    ['rotate', { outcome: 'not_found' }],
  ] as const)('%s tells that the key was deleted meanwhile', async (name, answer) => {
    const t = testService();
    const { key } = await t.create();
    jest.spyOn(t.inner, name).mockResolvedValue(answer);
    const operation = operations.find(([other]) => other === name)![1];
    await expect(operation(t, key.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('list', () => {
  async function listed() {
    const t = testService();
    for (let i = 0; i < 5; i += 1) {
      await t.create({ name: `Key ${String(i)}`, ownerId: i % 2 === 0 ? 'even' : 'odd' });
      t.clock.advance(1);
    }
    return t;
  }

  it('gives pages, newest first, until there is none', async () => {
    const t = await listed();
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await t.service.list({ limit: 2, ...(cursor === null ? {} : { cursor }) });
      names.push(...page.keys.map(({ name }) => name));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(names).toEqual(['Key 4', 'Key 3', 'Key 2', 'Key 1', 'Key 0']);
    expect((await t.service.list({ limit: 5 })).nextCursor).toBeNull();
  });

  it.each([
    [{}, 5],
    [{ ownerId: 'odd' }, 2],
    [{ ownerId: 'nobody' }, 0],
    [{ userId: 'u1' }, 0],
    [{ parentId: 'p1' }, 0],
    [{ kinds: ['scoped'] as const }, 0],
    [{ kinds: ['scoped', 'secret'] as const }, 5],
    [{ nameContains: 'KEY 1' }, 1],
    [{ state: 'live' as const }, 5],
    [{ state: 'revoked' as const }, 0],
    [{ state: 'expired' as const }, 0],
  ])('%j selects %s', async (input, count) => {
    const t = await listed();
    const { keys } = await t.service.list(input);
    expect(keys).toHaveLength(count);
    expect(JSON.stringify(keys)).not.toMatch(/hash|lookup/);
  });

  it.each([
    ['limit', 0],
    ['limit', 201],
    ['limit', '10'],
    ['kinds', []],
    ['kinds', 'secret'],
    ['kinds', ['root']],
    ['state', 'any'],
    ['ownerId', ''],
    ['userId', 1],
    ['parentId', '\0'],
    ['nameContains', ''],
    ['nameContains', 'x'.repeat(201)],
    ['cursor', ''],
    ['cursor', 'nonsense'],
    ['cursor', Symbol('cursor')],
    ['cursor', Buffer.from('[1]').toString('base64url')],
    ['cursor', Buffer.from('{"length":2}').toString('base64url')],
    ['cursor', Buffer.from('["1","a"]').toString('base64url')],
    ['cursor', Buffer.from('[1.5,"a"]').toString('base64url')],
    ['cursor', Buffer.from('[1,2]').toString('base64url')],
    ['cursor', Buffer.from('[1,"a\\u0000"]').toString('base64url')],
    ['order', 'name'],
  ])('refuses %s %p', async (field, value) => {
    const t = testService();
    await expect(t.service.list({ [field]: value })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      details: { field },
    });
    expect(t.reads()).toBe(0);
  });
});

describe('list by age, and keys due for rotation', () => {
  async function aged() {
    const t = testService();
    for (const name of ['oldest', 'old', 'new']) {
      await t.create({ name });
      t.clock.advance(DAY);
    }
    return t;
  }
  const names = ({ keys }: { keys: readonly { name: string }[] }) => keys.map(({ name }) => name);

  it('selects what was created before, page by page', async () => {
    const t = await aged();
    const createdBefore = t.clock() - DAY;
    const first = await t.service.list({ createdBefore, limit: 1 });
    expect(names(first)).toEqual(['old']);
    expect(names(await t.service.list({ createdBefore, cursor: first.nextCursor! }))).toEqual(['oldest']);
    const newest = await t.service.list({ limit: 1 });
    expect(names(await t.service.list({ createdBefore: t.clock(), cursor: newest.nextCursor! }))).toEqual([
      'old',
      'oldest',
    ]);
    await expect(t.service.list({ createdBefore: 0.5 })).rejects.toMatchObject({
      details: { field: 'createdBefore' },
    });
  });

  it('selects live keys without a successor', async () => {
    const t = await aged();
    const rotateEvery = (2 * DAY) / 1000;
    const due = createDueKeys(t.service.list, t.clock);
    expect(names(await due({ rotateEvery }))).toEqual(['old', 'oldest']);
    const [, oldest] = (await due({ rotateEvery })).keys;
    await t.service.rotate(oldest!.id, { overlapSeconds: 60 });
    expect(names(await due({ rotateEvery }))).toEqual(['old']);
    await expect(due({ rotateEvery: 0 })).rejects.toMatchObject({ details: { field: 'rotateEvery' } });
  });
});

describe('reverify', () => {
  it('judges the stored key anew, whatever the cache holds', async () => {
    const t = testService();
    const { token, key } = await t.create({ addresses: ['10.0.0.1'] });
    await t.outcome(token);
    const facts = { address: '10.0.0.1' };
    expect(await t.service.reverify(key.id, KNOWN_FACTS, facts)).toMatchObject({
      verdict: { granted: true },
      key,
    });
    expect(await t.service.reverify(key.id, KNOWN_FACTS, {})).toMatchObject({
      verdict: { denial: { reason: 'ip_not_allowed' } },
      key,
    });
    expect(await t.service.reverify('nobody', KNOWN_FACTS, {})).toMatchObject({
      verdict: { denial: { reason: 'key_unknown' } },
      key: null,
    });
  });
});

describe('touch', () => {
  it('writes last uses, where the store can', async () => {
    const t = testService();
    const { key } = await t.create();
    await t.service.touch([{ id: key.id, lastUsedAt: 5 }]);
    expect((await t.service.get(key.id)).lastUsedAt).toBe(5);
    Object.assign(t.store, { touch: undefined });
    await expect(t.service.touch([])).resolves.toBeUndefined();
  });
});

describe('purgeExpired', () => {
  it('deletes what expired long enough ago, in batches, and answers how many', async () => {
    const t = testService({ caps: { secret: Infinity, publishable: 9, scoped: 9, temporary: 9 } });
    for (let i = 0; i < 501; i += 1) await t.create({ expiresAt: t.clock() + 1 });
    await t.create();
    t.clock.advance(DAY);
    expect(await t.service.purgeExpired()).toBe(0);
    t.clock.advance(2);
    expect(await t.service.purgeExpired()).toBe(501);
    expect(t.calls.deleteExpired).toBe(3);
    expect((await t.service.list()).keys).toHaveLength(1);
  });

  it.each([-1, 0.5, NaN, Infinity, '10'])('refuses %j: it could delete keys that live', async (seconds) => {
    const t = testService();
    await expect(t.service.purgeExpired(seconds as number)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
    expect(t.writes()).toBe(0);
  });

  it('deletes nothing where the store cannot', async () => {
    const t = testService();
    Object.assign(t.store, { deleteExpired: undefined });
    expect(await t.service.purgeExpired()).toBe(0);
  });
});

describe('close', () => {
  it('ends work in the background, then the bus, then the store, once', async () => {
    const order: string[] = [];
    const bus = {
      subscribe: async () => undefined,
      publish: async () => undefined,
      close: async () => void order.push('bus'),
    };
    const t = testService({ bus });
    t.inner.close = async () => void order.push('store');
    t.service.onClose(async () => {
      await settle();
      order.push('last flush');
    });
    const closing = t.service.close();
    expect(t.service.close()).toBe(closing);
    await closing;
    expect(order).toEqual(['last flush', 'bus', 'store']);
  });

  it('never rejects, and tells what failed', async () => {
    const fails = (name: string) => () => Promise.reject(new Error(name));
    const t = testService({
      bus: { subscribe: async () => undefined, publish: async () => undefined, close: fails('bus') },
    });
    const failures = t.record('failure');
    t.inner.close = fails('store');
    t.service.onClose(fails('flush'));
    await expect(t.service.close()).resolves.toBeUndefined();
    expect(failures.map(({ task }) => task)).toEqual([
      'closing',
      'closing the change bus',
      'closing the store',
    ]);
  });

  it('waits for nobody longer than 5 s in all, and leaves no timer', async () => {
    jest.useFakeTimers();
    try {
      const hangs = () => new Promise<void>(() => undefined);
      const t = testService({ bus: { subscribe: hangs, publish: hangs, close: hangs } });
      t.inner.close = hangs;
      const closed = jest.fn();
      void t.service.close().then(closed);
      await jest.advanceTimersByTimeAsync(5_000);
      expect(closed).toHaveBeenCalled();
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('needs no store that closes', async () => {
    const t = testService();
    Object.assign(t.store, { close: undefined });
    await expect(t.service.close()).resolves.toBeUndefined();
  });
});
