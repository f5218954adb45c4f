/** Keys over HTTP from creation to revocation: rotation, due keys, caps, usage, explanations, whoami. */
import Database from 'better-sqlite3';
import connect from 'connect';
import express4 from 'express4';
import express from 'express';
import request from 'supertest';
import { apiKeyAuth, createApiKeys, memoryStore, type KeyStore } from '../../lib';
import { managementRouter } from '../../lib/management';
import { sqlStore } from '../../lib/stores/sql';
import { createApi, MANAGER, NOW } from './support';

const DAY = 86_400;

describe('rotation', () => {
  it('gives a new token with the same rights; the old one lives on and says when it ends', async () => {
    const { app, issue, call, at, keys, store } = createApi();
    const { token: admin } = await issue();
    const old = await issue({ scopes: ['models:read'], expiresAt: NOW + 30 * DAY * 1000 });
    const { body } = await call(admin, 'post', `/keys/${old.id}/rotate`, { overlap_seconds: 3600 }).expect(
      201,
    );
    expect(body).toMatchObject({
      permissions: ['models:read'],
      expires_at: '2024-02-14T10:00:00Z',
      rotated_at: null,
      previous: {
        id: old.id,
        expires_at: '2024-01-15T11:00:00Z',
        rotated_at: '2024-01-15T10:00:00Z',
        replaced_by: body.id as string,
        last_used_at: null,
      },
    });
    const withOld = await request(app).get('/models').set('Authorization', `Bearer ${old.token}`);
    expect(withOld.status).toBe(200);
    expect(withOld.headers).toMatchObject({
      deprecation: '@1705312800',
      sunset: 'Mon, 15 Jan 2024 11:00:00 GMT',
    });
    const who = await call(old.token, 'get', '/whoami').expect(200);
    expect(who.headers).toHaveProperty('sunset');
    expect(who.body).toMatchObject({ rotated_at: '2024-01-15T10:00:00Z', replaced_by: body.id as string });
    // Last use, as it is flushed: one sees when the old token is no longer used.
    await store.touch?.([{ id: old.id, lastUsedAt: NOW + 60_000 }]);
    const shown = await call(admin, 'get', `/keys/${old.id}`);
    expect(shown.body.last_used_at).toBe('2024-01-15T10:01:00Z');
    await call(admin, 'post', `/keys/${old.id}/rotate`).expect(409);
    at(3600);
    expect((await keys.verify(old.token)).granted).toBe(false);
    expect((await keys.verify(body.key as string)).granted).toBe(true);
  });

  it('takes a day without a body, and no overlap with 0', async () => {
    const { issue, call, keys } = createApi();
    const { token: admin } = await issue();
    const [first, second] = [await issue(), await issue()];
    const byDefault = await call(admin, 'post', `/keys/${first.id}/rotate`).expect(201);
    expect(byDefault.body.previous.expires_at).toBe('2024-01-16T10:00:00Z');
    await call(admin, 'post', `/keys/${second.id}/rotate`, { overlap_seconds: 0 }).expect(201);
    expect((await keys.verify(second.token)).granted).toBe(false);
  });

  it('never lets the old token live past its own end', async () => {
    const { issue, call } = createApi();
    const { token: admin } = await issue();
    const { id } = await issue({ expiresAt: NOW + 60_000 });
    const { body } = await call(admin, 'post', `/keys/${id}/rotate`).expect(201);
    expect(body.previous.expires_at).toBe('2024-01-15T10:01:00Z');
  });
});

describe('keys that are due', () => {
  it('are listed and dated, and go on working', async () => {
    const { app, issue, call, at } = createApi({ rotateEvery: 90 * DAY });
    const { token: admin, id: adminId } = await issue();
    const old = await issue({ scopes: ['models:read'] });
    const rotated = await issue();
    const revoked = await issue();
    const { token: parent } = await issue();
    at(1);
    await issue({ name: 'Young' });
    await call(admin, 'post', `/keys/${rotated.id}/rotate`, { overlap_seconds: 365 * DAY });
    await call(admin, 'delete', `/keys/${revoked.id}`);
    await call(parent, 'delete', '/whoami');
    const due = async () => {
      const { body } = await call(admin, 'get', '/keys?due=true&state=live').expect(200);
      return (body.keys as { id: string }[]).map(({ id }) => id).sort();
    };
    at(90 * DAY - 1);
    expect(await due()).toEqual([]);
    at(90 * DAY);
    expect(await due()).toEqual([adminId, old.id].sort());
    const shown = await call(admin, 'get', `/keys/${old.id}`);
    expect(shown.body.rotation_due_at).toBe('2024-04-14T10:00:00Z');
    expect((await request(app).get('/models').set('Authorization', `Bearer ${old.token}`)).status).toBe(200);
    expect((await call(admin, 'get', `/keys/${rotated.id}`)).body.rotation_due_at).toBeNull();
    await call(admin, 'get', '/keys?due=true&state=expired').expect(400);
  });

  it('come in pages, from the oldest limit on', async () => {
    const { issue, call, at, keys } = createApi({ rotateEvery: 90 * DAY });
    for (let i = 0; i < 5; i += 1) {
      at(i);
      await issue();
    }
    at(90 * DAY + 2);
    const { token: admin } = await issue();
    const first = await call(admin, 'get', '/keys?due=true&limit=2').expect(200);
    expect(first.body.keys).toHaveLength(2);
    const rest = await call(admin, 'get', `/keys?due=true&limit=2&cursor=${String(first.body.next_cursor)}`);
    expect(rest.body).toMatchObject({ keys: [{}], next_cursor: null });
    // A cursor of another list does not widen the age.
    const young = await call(admin, 'get', '/keys?limit=1');
    const again = await call(admin, 'get', `/keys?due=true&cursor=${String(young.body.next_cursor)}`);
    expect(again.body.keys).toHaveLength(3);
    expect((await keys.due({ rotateEvery: 90 * DAY, ownerId: 'other' })).keys).toEqual([]);
    await expect(keys.due({ rotateEvery: 0 })).rejects.toThrow('rotateEvery must be a whole number from 1');
    await expect(keys.list({ createdBefore: 0.5 })).rejects.toThrow(
      'createdBefore must be a whole number of ms',
    );
  });
});

describe('caps', () => {
  const stores: [string, () => Promise<KeyStore>][] = [
    ['in memory', () => Promise.resolve(memoryStore())],
    [
      'on SQLite',
      async () => {
        const store = sqlStore({ sqlite: new Database(':memory:'), ownsConnection: true });
        await store.migrate();
        return store;
      },
    ],
  ];

  it.each(stores)(
    '200 parallel creations at 95 keys leave exactly 100, %s',
    async (_name, open) => {
      const api = createApi({}, { storeTimeout: 20 }, await open());
      const { token: admin } = await api.issue({ kind: 'scoped', scopes: [...MANAGER] });
      for (let i = 0; i < 95; i += 1) await api.issue();
      const server = api.app.listen(0);
      const answers = await Promise.all(
        Array.from({ length: 200 }, () => {
          return request(server)
            .post('/api/v1/keys')
            .set('Authorization', `Bearer ${admin}`)
            .send({ name: 'x', permissions: ['models:read'] });
        }),
      );
      server.close();
      const count = (status: number) => answers.filter((answer) => answer.status === status).length;
      expect([count(201), count(409)]).toEqual([5, 195]);
      expect(answers.find(({ status }) => status === 409)?.body).toEqual({
        error: {
          code: 'CONFLICT',
          message: 'At most 100 secret keys can exist at a time',
          details: { limit: 100 },
        },
      });
      const listed = await api.keys.list({ ownerId: 'acme', kinds: ['secret'], limit: 200 });
      expect(listed.keys).toHaveLength(100);
      await api.keys.close();
    },
    60_000,
  );
});

describe('usage', () => {
  it('passes the range on and answers the days', async () => {
    const ranges: unknown[] = [];
    const days = [{ day: '2024-01-15', requests: 3, denied: 1, limited: 0 }];
    const { issue, call } = createApi({
      usage: {
        daily: async (...asked) => {
          ranges.push(asked);
          return days;
        },
      },
    });
    const { token, id } = await issue();
    const { body } = await call(token, 'get', `/keys/${id}/usage?from=2024-01-01&to=2024-01-31`).expect(200);
    expect(body).toEqual({ id, usage: days });
    await call(token, 'get', `/keys/${id}/usage`).expect(200);
    await call(token, 'get', `/keys/${id}/usage?from=yesterday`).expect(400);
    expect(ranges).toEqual([
      [id, { from: '2024-01-01', to: '2024-01-31' }],
      [id, {}],
    ]);
  });

  it('is not there without a source', async () => {
    const { app, issue } = createApi();
    const { token, id } = await issue();
    const answer = await request(app).get(`/api/v1/keys/${id}/usage`).set('Authorization', `Bearer ${token}`);
    expect(answer.status).toBe(404);
    expect(answer.text).toContain('Cannot GET');
  });
});

describe('whoami', () => {
  it('tells any key what it is and may do', async () => {
    const { issue, call, keys } = createApi();
    const { token, id } = await issue({
      level: 'read-only',
      scopes: ['*'],
      userId: 'u1',
      rateLimit: { limit: 10, windowSeconds: 60 },
      quota: { limit: 5, period: 'day' },
    });
    expect((await call(token, 'get', '/whoami')).body).toEqual({
      type: 'key',
      id,
      owner_id: 'acme',
      user_id: 'u1',
      permissions: ['models:read'],
      name: 'Test',
      kind: 'secret',
      level: 'read-only',
      rate_limit: { limit: 10, window_seconds: 60 },
      quota: { limit: 5, period: 'day' },
      created_at: '2024-01-15T10:00:00Z',
      expires_at: null,
      rotated_at: null,
      replaced_by: null,
    });
    const verdict = await keys.verify(token);
    if (!verdict.granted) throw new Error('not granted');
    const temporary = await keys.mintTemporary(verdict.key, { scopes: ['models:read'] });
    expect((await call(temporary.token, 'get', '/whoami')).body).toMatchObject({ kind: 'temporary' });
    await call(temporary.token, 'delete', '/whoami').expect(403);
  });

  it('lets a key revoke itself, without any scope', async () => {
    const { issue, call } = createApi();
    const { token, id } = await issue({ scopes: ['chat:send'] });
    const { body } = await call(token, 'delete', '/whoami').expect(200);
    expect(body).toMatchObject({ id, state: 'revoked' });
    await call(token, 'get', '/whoami').expect(401);
  });
});

describe('explain', () => {
  it('answers every rule to the owner, from the body or the query', async () => {
    const { issue, call } = createApi();
    const { token } = await issue();
    const { id } = await issue({ scopes: ['models:read'] });
    const asked = { scope: 'models:write', object_id: 'm1', carrier: 'header:x-api-key', address: '::1' };
    const byBody = await call(token, 'post', `/keys/${id}/explain`, asked).expect(200);
    expect(byBody.body).toMatchObject({
      id,
      granted: false,
      status: 403,
      reason: 'scope_missing',
      permissions: ['models:read'],
    });
    expect(byBody.body.rules).toContainEqual({
      rule: 'scope',
      outcome: 'failed',
      message: 'was not given models:write',
    });
    const query = new URLSearchParams(asked).toString();
    expect((await call(token, 'get', `/keys/${id}/explain?${query}`)).body).toEqual(byBody.body);
    expect((await call(token, 'post', `/keys/${id}/explain`)).body).toMatchObject({
      granted: true,
      status: 200,
    });
  });
});

describe('states', () => {
  it('of a key are told apart, and a revoked one changes no more', async () => {
    const { issue, call, at } = createApi();
    const { token } = await issue();
    const ending = await issue({ expiresAt: NOW + 1000 });
    const { id } = await issue();
    const state = async (key: string) => (await call(token, 'get', `/keys/${key}`)).body.state as string;
    await call(token, 'patch', `/keys/${id}`, { disabled: true }).expect(200);
    expect(await state(id)).toBe('disabled');
    await call(token, 'post', `/keys/${id}/rotate`).expect(409);
    await call(token, 'patch', `/keys/${id}`, { disabled: false, expires_at: '2024-02-01T00:00:00+01:00' });
    expect((await call(token, 'get', `/keys/${id}`)).body).toMatchObject({
      state: 'live',
      expires_at: '2024-01-31T23:00:00Z',
    });
    at(1);
    expect(await state(ending.id)).toBe('expired');
    await call(token, 'delete', `/keys/${id}`).expect(200);
    await call(token, 'delete', `/keys/${id}`).expect(200);
    await call(token, 'patch', `/keys/${id}`, { name: 'y' }).expect(409);
    const filters = ['state=live', 'state=revoked', 'state=expired', 'kind=scoped', 'name=tes', 'user_id=u'];
    const found = await Promise.all(filters.map(async (filter) => call(token, 'get', `/keys?${filter}`)));
    expect(found.map(({ body }) => (body.keys as unknown[]).length)).toEqual([1, 1, 1, 0, 3, 0]);
    expect((await call(token, 'get', `/keys?parent_id=${id}`)).body.keys).toEqual([]);
  });

  it('every field can be set and read back', async () => {
    const { issue, call } = createApi({ maxRateLimit: { limit: 5_000, windowSeconds: 3_600 } });
    const { token } = await issue();
    const body = {
      name: 'Page',
      kind: 'publishable',
      description: 'Of the site',
      permissions: ['models:read'],
      level: 'read-only',
      origins: ['https://app.example.com'],
      addresses: ['10.0.0.0/8'],
      hosts: ['api.example.com'],
      rate_limit: { limit: 10, window_seconds: 60 },
      quota: { limit: 100, period: 'month' },
      metadata: { team: 'web', nested: { list: [1, null, true] } },
      expires_at: '2025-01-01T00:00:00Z',
    };
    const created = await call(token, 'post', '/keys', body).expect(201);
    expect(created.body).toMatchObject(body);
    expect((await call(token, 'get', `/keys/${String(created.body.id)}`)).body).toMatchObject(body);
    const cleared = { level: null, rate_limit: 5000, quota: null, expires_at: null, metadata: {} };
    const changed = await call(token, 'patch', `/keys/${String(created.body.id)}`, cleared).expect(200);
    expect(changed.body).toMatchObject(cleared);
  });
});

describe('the router', () => {
  it.each([
    ['Express 5', () => express()],
    ['Express 4', () => express4()],
    ['Connect', () => connect()],
  ])('works in %s, behind authentication or without, and lets other paths go on', async (_name, create) => {
    const { keys, issue } = createApi();
    const { token } = await issue();
    const app = create() as ReturnType<typeof express>;
    app.use('/behind', apiKeyAuth(keys) as never, managementRouter(keys) as never);
    app.use('/api', managementRouter(keys) as never);
    app.use((_req, res) => {
      res.statusCode = 299;
      res.end();
    });
    const get = async (path: string, method: 'get' | 'put' | 'head' | 'options' = 'get') => {
      return (await request(app)[method](path).set('Authorization', `Bearer ${token}`)).status;
    };
    expect(await get('/api/keys')).toBe(200);
    expect(await get('/api/keys/')).toBe(200);
    expect(await get('/api/keys', 'head')).toBe(200);
    expect(await get('/api/openapi.json', 'head')).toBe(200);
    for (const path of ['/api', '/api/', '/api/key', '/api/keys/a/b/c', '/api/keys/a/other', '/api/Keys']) {
      expect(await get(path)).toBe(299);
    }
    expect(await get('/api/keys', 'put')).toBe(299);
    expect(await get('/api/keys', 'options')).toBe(299);
    expect((await request(app).get('/api/keys')).status).toBe(401);
    if (_name !== 'Connect') expect(await get('/behind/keys')).toBe(200);
  });

  it('speaks the host’s dialect of errors', async () => {
    const { app } = createApi({}, { formatError: ({ message }) => ({ body: { oops: message } }) });
    const answer = await request(app).get('/api/v1/keys');
    expect([answer.status, answer.body]).toEqual([401, { oops: 'API key is missing' }]);
  });

  it('is 503 while the store cannot be asked, and tells of an error that is none of a request', async () => {
    const { issue, call, store, keys } = createApi();
    const { token } = await issue();
    await call(token, 'get', '/keys').expect(200);
    jest.spyOn(store, 'list').mockRejectedValueOnce(new Error('connection refused'));
    const answer = await call(token, 'get', '/keys');
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    const failures: string[] = [];
    keys.on('failure', ({ task }) => failures.push(task));
    jest.spyOn(store, 'list').mockResolvedValueOnce([null as never]);
    await call(token, 'get', '/keys').expect(503);
    expect(failures).toEqual(['listKeys']);
  });

  it('reports refusals to the events', async () => {
    const { issue, call, keys } = createApi();
    const { token, id } = await issue({ scopes: ['models:read'] });
    const denied: unknown[] = [];
    keys.on('denied', ({ reason, keyId }) => denied.push([reason, keyId]));
    await call(token, 'get', '/keys').expect(403);
    await call(null, 'get', '/keys').expect(401);
    expect(denied).toEqual([
      ['scope_missing', id],
      ['key_missing', null],
    ]);
  });
});

describe('options', () => {
  const keys = createApiKeys({ store: memoryStore() });
  const { keys: declared } = createApi();

  it.each<[string, unknown, string]>([
    ['an unknown name', { scope: 1 }, 'options.scope: is not an option. Known: scopes, actor'],
    ['an unknown scope', { scopes: { read: 'x:y' } }, 'options.scopes.read: there is no resource "x"'],
    ['half a pair', { scopes: { reed: 'x' } }, 'options.scopes.reed: is not an option'],
    ['a scope that is no text', { scopes: { write: 1 } }, 'options.scopes.write: '],
    ['nobody at all', { scopes: null }, 'options.actor: is needed where scopes is null'],
    ['an actor that is no function', { actor: 'u1' }, 'options.actor: must be a function; received "u1"'],
    [
      'an unknown kind',
      { defaultKind: 'temporary' },
      'options.defaultKind: must be one of secret, publishable',
    ],
    ['too often', { rotateEvery: 3600 }, 'options.rotateEvery: must be a whole number from 86400'],
    ['half a limit', { maxRateLimit: { limit: 1 } }, 'options.maxRateLimit.windowSeconds: is missing'],
    ['a limit of 0', { maxRateLimit: { limit: 0, windowSeconds: 1 } }, 'options.maxRateLimit.limit: must be'],
    ['usage without days', { usage: {} }, 'options.usage: must have a method daily'],
    ['usage of null', { usage: null }, 'options.usage: must have a method daily'],
    ['an empty title', { info: { title: '' } }, 'options.info.title: must be a text; received ""'],
  ])('%s', (_name, options, message) => {
    expect(() => managementRouter(declared, options as never)).toThrow(message);
  });

  it('a catalogue without the management scopes is told so; without a catalogue any name goes', () => {
    expect(() => managementRouter(keys)).not.toThrow();
    expect(() => managementRouter({} as never)).toThrow('keys: must come from createApiKeys()');
    const broken = {
      ...keys.scopes,
      parse: () => {
        throw new RangeError('broken');
      },
    };
    const odd = createApiKeys({ store: memoryStore(), scopes: broken });
    expect(() => managementRouter(odd)).toThrow(RangeError);
  });
});
