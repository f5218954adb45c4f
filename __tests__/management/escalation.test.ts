/** Nobody grants more than they hold: a table, and any grants at all. */
import fc from 'fast-check';
import { createGrant } from '../../lib/keys/grant';
import type { ManagementActor, ManagementOptions } from '../../lib/management';
import type { CreateKeyInput, PrincipalScopes } from '../../lib';
import { createApi, dump, scopes as catalogue, type Api } from './support';

type Input = Partial<CreateKeyInput>;
type Body = Readonly<Record<string, unknown>>;

const WRITE = 'api_keys:write';

async function attempt(
  input: Input,
  act: (api: Api, token: string, id: string) => Promise<{ status: number; body: unknown }>,
  options: { principalScopes?: PrincipalScopes } = {},
) {
  const api = createApi({}, options);
  const { token, id } = await api.issue(input);
  const { status, body } = await act(api, token, id);
  return { api, status, body: body as { error?: { details: unknown } } & Record<string, unknown> };
}

/** A caller, the body of a new key, the status, and for a 403 what the details say. */
type Creation = readonly [name: string, caller: Input, body: Body, status: number, details?: unknown];

const CREATIONS: Creation[] = [
  ['what the caller holds', { scopes: [WRITE, 'models:read'] }, { permissions: ['models:read'] }, 201],
  ['what a wildcard covers', { scopes: [WRITE, 'models:*'] }, { permissions: ['models:write'] }, 201],
  ['what is implied', { scopes: [WRITE] }, { permissions: ['api_keys:read'] }, 201],
  [
    'another scope',
    { scopes: [WRITE, 'models:read'] },
    { permissions: ['models:read', 'models:write'] },
    403,
    { required: 'models:write', provided: 'api_keys:write models:read' },
  ],
  ['everything', { scopes: [WRITE, 'models:*', 'chat:send'] }, { permissions: ['*'] }, 403],
  ['a wildcard', { scopes: [WRITE, 'models:read'] }, { permissions: ['models:*'] }, 403],
  ['every object', { scopes: [WRITE, 'models/m1:read'] }, { permissions: ['models:read'] }, 403],
  ['one object', { scopes: [WRITE, 'models:read'] }, { permissions: ['models/m1:read'] }, 201],
  ['another object', { scopes: [WRITE, 'models/m1:read'] }, { permissions: ['models/m2:read'] }, 403],
  ['a level that is covered', { scopes: [WRITE, 'models:read'] }, { level: 'read-only' }, 201],
  ['a level that is not', { scopes: [WRITE, 'models:read'] }, { level: 'standard' }, 403],
  ['the level of everything', { scopes: [WRITE, 'models:*', 'chat:send'] }, { level: 'admin' }, 403],
  [
    'few permissions under a level that is not covered',
    { scopes: [WRITE, 'models:read'] },
    { level: 'admin', permissions: ['models:read'] },
    403,
  ],
  [
    'everything under a level that is covered',
    { scopes: [WRITE, 'models:read'] },
    { level: 'read-only', permissions: ['*'] },
    403,
  ],
  ['everything, by everything', { scopes: ['*'] }, { permissions: ['*'] }, 201],
  [
    'everything, by everything under a level',
    { scopes: ['*'], level: 'standard' },
    { permissions: ['*'] },
    403,
  ],
  [
    'no level, by a key with one',
    { scopes: [WRITE, 'models:read'], level: 'admin' },
    { permissions: ['models:read'], level: null },
    403,
    { field: 'level' },
  ],
  ['a user', { scopes: ['*'] }, { permissions: ['*'], user_id: 'u1' }, 403, { field: 'user_id' }],
  ['another user', { scopes: ['*'], userId: 'u1' }, { permissions: ['*'], user_id: 'u2' }, 403],
  ['no user, by a key with one', { scopes: ['*'], userId: 'u1' }, { permissions: ['*'], user_id: null }, 403],
  ['its own user', { scopes: ['*'], userId: 'u1' }, { permissions: ['*'], user_id: 'u1' }, 201],
  [
    'from any address',
    { scopes: ['*'], addresses: ['127.0.0.1', '::1', '::ffff:127.0.0.1'] },
    { permissions: ['*'], addresses: [] },
    403,
    { field: 'addresses' },
  ],
  [
    'from another address',
    { scopes: ['*'], addresses: ['127.0.0.1', '::1', '::ffff:127.0.0.1'] },
    { permissions: ['*'], addresses: ['127.0.0.1', '10.0.0.1'] },
    403,
  ],
  [
    'from one of its addresses',
    { scopes: ['*'], addresses: ['127.0.0.1', '::1', '::ffff:127.0.0.1'] },
    { permissions: ['*'], addresses: ['127.0.0.1'] },
    201,
  ],
  ['on any host', { scopes: ['*'], hosts: ['127.0.0.1'] }, { permissions: ['*'], hosts: [] }, 403],
  [
    'without its limit',
    { scopes: ['*'], rateLimit: { limit: 100, windowSeconds: 60 } },
    { permissions: ['*'], rate_limit: null },
    403,
    { field: 'rate_limit' },
  ],
  [
    'a higher rate',
    { scopes: ['*'], rateLimit: { limit: 100, windowSeconds: 60 } },
    { permissions: ['*'], rate_limit: { limit: 100, window_seconds: 59 } },
    403,
  ],
  [
    'a higher burst at the same rate',
    { scopes: ['*'], rateLimit: { limit: 100, windowSeconds: 60 } },
    { permissions: ['*'], rate_limit: { limit: 200, window_seconds: 120 } },
    403,
  ],
  [
    'a lower limit',
    { scopes: ['*'], rateLimit: { limit: 100, windowSeconds: 60 } },
    { permissions: ['*'], rate_limit: 100 },
    201,
  ],
  [
    'without its quota',
    { scopes: ['*'], quota: { limit: 10, period: 'day' } },
    { permissions: ['*'], quota: null },
    403,
    { field: 'quota' },
  ],
  [
    'a quota of another period',
    { scopes: ['*'], quota: { limit: 10, period: 'month' } },
    { permissions: ['*'], quota: { limit: 1, period: 'day' } },
    403,
  ],
  [
    'a smaller quota',
    { scopes: ['*'], quota: { limit: 10, period: 'day' } },
    { permissions: ['*'], quota: { limit: 9, period: 'day' } },
    201,
  ],
];

describe('creating', () => {
  const rows = CREATIONS.map(([name, caller, body, status, details]) => {
    return [name, { caller, body, status, details }] as const;
  });
  it.each(rows)('%s', async (_name, { caller, body, status, details }) => {
    const answer = await attempt(caller, async (api, token) => {
      return api.call(token, 'post', '/keys', { name: 'New', ...body });
    });
    expect(answer.status).toBe(status);
    expect(await dump(answer.api.store)).toHaveLength(status === 201 ? 2 : 1);
    if (details !== undefined) expect(answer.body.error?.details).toEqual(details);
  });

  it('what binds a key binds the keys that it makes', async () => {
    const bound: Input = {
      scopes: [WRITE, 'models:read'],
      level: 'admin',
      userId: 'u1',
      addresses: ['127.0.0.1', '::1', '::ffff:127.0.0.1'],
      hosts: ['127.0.0.1'],
      rateLimit: { limit: 100, windowSeconds: 60 },
      quota: { limit: 10, period: 'day' },
    };
    const { body } = await attempt(bound, async (api, token) => {
      return api.call(token, 'post', '/keys', { name: 'New', permissions: ['models:read'] });
    });
    expect(body).toMatchObject({
      level: 'admin',
      user_id: 'u1',
      addresses: ['127.0.0.1', '::1'],
      hosts: bound.hosts,
      rate_limit: { limit: 100, window_seconds: 60 },
      quota: bound.quota,
    });
  });

  it('a key never hands on what its user may not do', async () => {
    const principalScopes = () => [WRITE, 'models:read'];
    const act = (permission: string) => (api: Api, token: string) => {
      return api.call(token, 'post', '/keys', { name: 'New', permissions: [permission] });
    };
    const caller: Input = { scopes: ['*'], userId: 'u1' };
    expect((await attempt(caller, act('models:read'), { principalScopes })).status).toBe(201);
    expect((await attempt(caller, act('models:write'), { principalScopes })).status).toBe(403);
  });
});

/** The key that is acted upon, a body, and the status for a caller with `api_keys:write` and `models:read`. */
type Change = readonly [name: string, target: Input, body: Body, status: number];

describe('changing', () => {
  const caller: Input = { scopes: [WRITE, 'models:read'] };

  it.each<Change>([
    ['a name', { scopes: ['models:read'] }, { name: 'y' }, 200],
    ['more permissions', { scopes: ['models:read'] }, { permissions: ['models:read', 'chat:send'] }, 403],
    ['permissions that are covered', { scopes: ['models:read'] }, { permissions: ['api_keys:read'] }, 200],
    ['a level away', { scopes: ['*'], level: 'read-only' }, { level: null }, 403],
    ['a wider level', { scopes: ['models:read'], level: 'read-only' }, { level: 'admin' }, 403],
    ['a key that a level keeps within', { scopes: ['*'], level: 'read-only' }, { name: 'y' }, 200],
    ['a name of a stronger key', { scopes: ['*'] }, { name: 'y' }, 403],
    ['a later end of a stronger key', { scopes: ['*'] }, { expires_at: null }, 403],
    ['a limit of a stronger key', { scopes: ['chat:send'] }, { rate_limit: null }, 403],
    ['a stronger key, down to less', { scopes: ['*'] }, { permissions: ['models:read'] }, 200],
    ['a stronger key off', { scopes: ['*'] }, { disabled: true }, 200],
    ['a stronger key off, and its name', { scopes: ['*'] }, { disabled: true, name: 'y' }, 403],
    ['the user', { scopes: ['models:read'] }, { user_id: 'u1' }, 403],
    ['the user away', { scopes: ['models:read'], userId: 'u1' }, { user_id: null }, 200],
    ['a name of a key of a user', { scopes: ['models:read'], userId: 'u1' }, { name: 'y' }, 200],
  ])('%s', async (_name, target, body, status) => {
    const answer = await attempt(caller, async (api, token) => {
      const { id } = await api.issue(target);
      return api.call(token, 'patch', `/keys/${id}`, body);
    });
    expect(answer.status).toBe(status);
  });

  it('switching a stronger key on again, and rotating it, takes what it holds', async () => {
    const answer = await attempt(caller, async (api, token) => {
      const { id } = await api.issue({ scopes: ['*'] });
      await api.call(token, 'patch', `/keys/${id}`, { disabled: true }).expect(200);
      await api.call(token, 'patch', `/keys/${id}`, { disabled: false }).expect(403);
      const { id: live } = await api.issue({ scopes: ['*'] });
      await api.call(token, 'post', `/keys/${live}/rotate`).expect(403);
      // Taking away is free.
      return api.call(token, 'delete', `/keys/${live}`);
    });
    expect(answer.status).toBe(200);
  });

  it('the token of a key that acts as a user is for those who may act as them', async () => {
    const answer = await attempt({ scopes: ['*'] }, async (api, token) => {
      const { id } = await api.issue({ userId: 'u1', scopes: ['models:read'] });
      return api.call(token, 'post', `/keys/${id}/rotate`);
    });
    expect(answer.status).toBe(403);
    expect(answer.body.error?.details).toEqual({ field: 'user_id' });
  });

  it('a key rotates itself, whatever binds it', async () => {
    const bound: Input = { scopes: ['*'], level: 'admin', userId: 'u1' };
    const principalScopes = () => [WRITE];
    const answer = await attempt(bound, (api, token, id) => api.call(token, 'post', `/keys/${id}/rotate`), {
      principalScopes,
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ permissions: ['*'], level: 'admin', user_id: 'u1' });
  });

  it('a key that another change made stronger meanwhile is not changed', async () => {
    const answer = await attempt(caller, async (api, token) => {
      const { id } = await api.issue({ scopes: ['models:read'] });
      const update = api.store.update.bind(api.store);
      let raced = false;
      jest.spyOn(api.store, 'update').mockImplementation(async (key, version, changes, now) => {
        if (!raced) {
          raced = true;
          await update(key, version, { scopes: ['*'] }, now);
        }
        return update(key, version, changes, now);
      });
      return api.call(token, 'patch', `/keys/${id}`, { expires_at: null });
    });
    expect(answer.status).toBe(403);
  });

  it('scopes and levels that the catalogue lost are beyond everyone but *', async () => {
    const act = (input: Input) => async (api: Api, token: string) => {
      const { id } = await api.issue(input);
      await api.store.update(id, 1, { scopes: ['gone:read'] }, 1);
      if (input.level !== undefined) await api.store.update(id, 2, { level: 'gone' }, 1);
      return api.call(token, 'patch', `/keys/${id}`, { name: 'y' });
    };
    const plain: Input = { scopes: ['models:read'] };
    const levelled: Input = { scopes: ['models:read'], level: 'read-only' };
    expect((await attempt(caller, act(plain))).status).toBe(403);
    expect((await attempt(caller, act(levelled))).status).toBe(403);
    expect((await attempt({ scopes: ['*'] }, act(plain))).status).toBe(200);
    expect((await attempt({ scopes: ['*'] }, act(levelled))).status).toBe(200);
  });
});

describe('the highest rate limit', () => {
  it('binds what is set from now on, and not what the host gave', async () => {
    const api = createApi({ maxRateLimit: { limit: 100, windowSeconds: 3_600 } });
    const { token } = await api.issue();
    const { id } = await api.issue({ rateLimit: { limit: 500, windowSeconds: 3_600 } });
    const change = async (body: object) => (await api.call(token, 'patch', `/keys/${id}`, body)).status;
    expect(await change({ name: 'y' })).toBe(200);
    expect(await change({ rate_limit: 500 })).toBe(200);
    expect(await change({ rate_limit: { limit: 500, window_seconds: 3_601 } })).toBe(400);
    expect(await change({ rate_limit: 101 })).toBe(400);
    expect(await change({ rate_limit: 100 })).toBe(200);
  });
});

describe('users', () => {
  const user: ManagementActor = { type: 'user', id: 'admin', ownerId: 'acme', scopes: ['*'], actAs: ['u1'] };
  const options: ManagementOptions = { actor: () => user };

  it('make and rotate keys of the users that they may act as, and of no others', async () => {
    const api = createApi(options);
    const create = (userId: string | null) => {
      return api.call(null, 'post', '/keys', { name: 'x', permissions: ['*'], user_id: userId });
    };
    expect((await create('u1')).body).toMatchObject({ user_id: 'u1' });
    expect((await create(null)).body).toMatchObject({ user_id: null });
    expect((await create('u2')).status).toBe(403);
    const { id } = await api.issue({ userId: 'u1' });
    expect((await api.call(null, 'post', `/keys/${id}/rotate`)).status).toBe(201);
  });

  it('an empty ceiling hands on nothing, not even without naming permissions', async () => {
    const api = createApi({ actor: () => ({ ...user, scopes: [] }) });
    for (const body of [{ permissions: ['models:read'] }, { level: 'read-only' }]) {
      expect((await api.call(null, 'post', '/keys', { name: 'x', ...body })).status).toBe(403);
    }
    expect((await api.call(null, 'get', '/keys')).status).toBe(200);
  });
});

describe('any grants', () => {
  const TEXTS = [
    '*',
    'models:read',
    'models:write',
    'models:*',
    'models',
    'models.read',
    'models/m1:read',
    'models/m1:*',
    'chat:send',
    'chat',
    'api_keys:read',
    'api_keys:write',
  ] as const;
  const LEVELS = [null, 'read-only', 'standard', 'admin'] as const;
  const texts = fc.uniqueArray(fc.constantFrom(...TEXTS), { minLength: 1, maxLength: 4 });
  const level = fc.constantFrom(...LEVELS);
  const parsed = (list: readonly string[]) => list.map((text) => catalogue.parse(text));

  it('a new key never does what its maker cannot, and is refused only for that', async () => {
    const api = createApi({}, { caps: { secret: Infinity } });
    await fc.assert(
      fc.asyncProperty(texts, level, texts, level, async (own, ownLevel, wanted, wantedLevel) => {
        const maker = await api.issue({ scopes: [...own], level: ownLevel });
        const verdict = await api.keys.verify(maker.token);
        if (!verdict.granted) throw new Error('the maker is not granted');
        fc.pre(verdict.key.can(WRITE));
        const answer = await api.call(maker.token, 'post', '/keys', {
          name: 'x',
          permissions: wanted,
          level: wantedLevel,
        });
        const atoms = catalogue
          .describe()
          .resources.flatMap(({ actions }) => actions.map(({ scope }) => scope));
        if (answer.status === 201) {
          const made = await api.keys.verify(answer.body.key as string);
          if (!made.granted) throw new Error('the new key is not granted');
          for (const atom of atoms) {
            for (const object of [undefined, 'm1', 'm2']) {
              if (made.key.can(atom, object)) expect(verdict.key.can(atom, object)).toBe(true);
            }
          }
        } else {
          expect(answer.status).toBe(403);
          const grant = createGrant(parsed(verdict.key.scopes), catalogue);
          const ofLevel = wantedLevel === null ? [] : (catalogue.level(wantedLevel) ?? []);
          const beyond = [...parsed(wanted), ...ofLevel].some((scope) => !grant.covers(scope));
          expect(beyond || (ownLevel !== null && wantedLevel === null)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });
});
