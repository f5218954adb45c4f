/** Who may call, and whose keys they see. */
import request from 'supertest';
import type { KeyInfo } from '../../lib';
import type { ManagementActor, ManagementOptions } from '../../lib/management';
import { createApi, dump, MANAGER, type Api } from './support';

const USER: ManagementActor = {
  type: 'user',
  id: 'u1',
  ownerId: 'acme',
  scopes: ['models:read', 'chat:send'],
};

/** An API whose host names the user of a header that stands for its session. */
function withUsers(answer: (name: string) => unknown, options: ManagementOptions = {}): Api {
  return createApi({
    ...options,
    actor: (req) => {
      const name = req.headers['x-test-user'];
      return typeof name === 'string' ? (answer(name) as never) : null;
    },
  });
}

const CALLS = [
  ['get', '/keys', 'read'],
  ['get', '/keys/ID', 'read'],
  ['get', '/keys/ID/usage', 'read'],
  ['get', '/keys/ID/explain', 'read'],
  ['post', '/keys/ID/explain', 'read'],
  ['post', '/keys', 'write'],
  ['patch', '/keys/ID', 'write'],
  ['delete', '/keys/ID', 'write'],
  ['post', '/keys/ID/rotate', 'write'],
] as const;

const usage = { daily: async () => [{ day: '2024-01-15', requests: 3, denied: 1, limited: 0 }] };

describe('keys that call', () => {
  let api: Api;
  let target: string;
  beforeAll(async () => {
    api = createApi({ usage });
    ({ id: target } = await api.issue({ scopes: ['models:read'] }));
  });

  it.each(CALLS)('%s %s without a key is a 401', async (method, path) => {
    const before = await dump(api.store);
    const answer = await api.call(
      null,
      method,
      path.replace('ID', target),
      method === 'get' ? undefined : {},
    );
    expect(answer.status).toBe(401);
    expect(answer.body.error.message).toBe('API key is missing');
    expect(await dump(api.store)).toEqual(before);
  });

  it.each(CALLS)('%s %s needs the scope to %s', async (method, path, access) => {
    const { token } = await api.issue({
      scopes: ['models:read', ...(access === 'write' ? (['api_keys:read'] as const) : [])],
    });
    const before = await dump(api.store);
    const answer = await api.call(
      token,
      method,
      path.replace('ID', target),
      method === 'get' ? undefined : {},
    );
    expect(answer.status).toBe(403);
    expect(answer.body.error.details.required).toBe(`api_keys:${access}`);
    expect(await dump(api.store)).toEqual(before);
  });

  it.each(CALLS)(
    '%s %s refuses temporary and publishable keys, whatever their scopes',
    async (method, path) => {
      const parent = await api.keys.create({ kind: 'secret', name: 'Parent', ownerId: 'acme' });
      const verdict = await api.keys.verify(parent.token);
      if (!verdict.granted) throw new Error('the parent is not granted');
      const temporary = await api.keys.mintTemporary(verdict.key, { scopes: ['*'] });
      const publishable = await api.keys.create({
        kind: 'publishable',
        name: 'Page',
        ownerId: 'acme',
        scopes: ['models:read'],
        origins: ['https://a.example'],
      });
      const before = await dump(api.store);
      const body = method === 'get' ? undefined : {};
      const asked = path.replace('ID', target);
      const byTemporary = await api.call(temporary.token, method, asked, body);
      const byPublishable = await api
        .call(null, method, `${asked}?pubtoken=${publishable.token}`, body)
        .set('Origin', 'https://a.example');
      for (const answer of [byTemporary, byPublishable]) {
        expect(answer.status).toBe(403);
        expect(answer.body.error.details).toEqual({ reason: 'kind_not_permitted' });
      }
      expect(await dump(api.store)).toEqual(before);
    },
  );

  it('a scoped key manages keys as a secret one does', async () => {
    const { token } = await api.issue({ kind: 'scoped', scopes: [...MANAGER] });
    const created = await request(api.app)
      .post('/api/v1/keys')
      .set('X-API-Key', token)
      .send({ name: 'x', permissions: ['models:read'], kind: 'scoped' });
    expect(created.status).toBe(201);
    expect(created.body.key).toMatch(/^rk_/);
  });

  it('the management scopes and the kind of new keys are the host’s to choose', async () => {
    const own = createApi({ scopes: { read: 'chat:send', write: 'models:write' }, defaultKind: 'scoped' });
    const { token } = await own.issue({ scopes: ['models:write', 'models:read'] });
    expect((await own.call(token, 'get', '/keys')).status).toBe(403);
    const created = await own.call(token, 'post', '/keys', { name: 'x', permissions: ['models:read'] });
    expect(created.body).toMatchObject({ kind: 'scoped' });
  });

  it('with scopes: null no key manages any, and every key still learns who it is', async () => {
    const own = createApi({ scopes: null, actor: () => null });
    const { token } = await own.issue();
    const listed = await own.call(token, 'get', '/keys');
    expect(listed.status).toBe(403);
    expect(listed.body.error.details).toEqual({ reason: 'user_required' });
    expect((await own.call(token, 'get', '/whoami')).status).toBe(200);
  });

  it('what was revoked or narrowed elsewhere a moment ago leaves no key behind', async () => {
    const own = createApi();
    const first = await own.issue({ scopes: [...MANAGER] });
    const second = await own.issue({ scopes: [...MANAGER] });
    const third = await own.issue({ scopes: [...MANAGER] });
    for (const { token } of [first, second, third]) {
      expect((await own.call(token, 'get', '/keys')).status).toBe(200);
    }
    // As another process does it: this one has them in its cache.
    await own.store.revoke(first.id, 1);
    await own.store.update(second.id, 1, { scopes: ['models:read'] }, 1);
    await own.store.update(third.id, 1, { scopes: ['api_keys:write'] }, 1);
    const body = { name: 'x', permissions: ['models:read'] };
    const before = await dump(own.store);
    expect((await own.call(first.token, 'post', '/keys', body)).status).toBe(401);
    expect((await own.call(second.token, 'post', '/keys', body)).status).toBe(403);
    expect((await own.call(third.token, 'post', '/keys', body)).status).toBe(403);
    expect(await dump(own.store)).toEqual(before);
  });

  it('a key that is gone from the store changes nothing either', async () => {
    const own = createApi();
    const { token, id } = await own.issue();
    expect((await own.call(token, 'get', '/keys')).status).toBe(200);
    const findById = own.store.findById.bind(own.store);
    jest
      .spyOn(own.store, 'findById')
      .mockImplementation(async (asked) => (asked === id ? null : findById(asked)));
    expect((await own.call(token, 'post', '/keys', { name: 'x', permissions: ['*'] })).status).toBe(401);
  });
});

describe('users whom the host names', () => {
  const api = withUsers((name) => ({ ...USER, id: name }));
  const as = (call: request.Test, name = 'u1') => call.set('X-Test-User', name);

  it('list, create, change, rotate and revoke the keys of the owner that they act for', async () => {
    const by: unknown[] = [];
    for (const event of ['created', 'updated', 'rotated', 'revoked'] as const) {
      api.keys.on(event, (payload) => by.push([event, payload.by.type, payload.by.id]));
    }
    const created = await as(api.call(null, 'post', '/keys', { name: 'x', permissions: ['chat:send'] }));
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ owner_id: 'acme', user_id: null });
    const path = `/keys/${String(created.body.id)}`;
    expect((await as(api.call(null, 'patch', path, { name: 'y' }))).status).toBe(200);
    const rotated = await as(api.call(null, 'post', `${path}/rotate`));
    expect(rotated.status).toBe(201);
    expect((await as(api.call(null, 'delete', path))).status).toBe(200);
    expect(by).toEqual(['created', 'updated', 'rotated', 'revoked'].map((event) => [event, 'user', 'u1']));
  });

  it('hand on no more than the host says they may', async () => {
    const answer = await as(api.call(null, 'post', '/keys', { name: 'x', permissions: ['models:write'] }));
    expect(answer.status).toBe(403);
    expect(answer.body.error.details).toEqual({
      required: 'models:write',
      provided: 'models:read chat:send',
    });
  });

  it('are told who they are', async () => {
    expect((await as(api.call(null, 'get', '/whoami'), 'u7')).body).toEqual({
      type: 'user',
      id: 'u7',
      owner_id: 'acme',
      user_id: 'u7',
      permissions: ['models:read', 'chat:send'],
      name: null,
      kind: null,
      level: null,
      rate_limit: null,
      quota: null,
      created_at: null,
      expires_at: null,
      rotated_at: null,
      replaced_by: null,
    });
  });

  it('cannot revoke themselves', async () => {
    const answer = await as(api.call(null, 'delete', '/whoami'));
    expect(answer.status).toBe(403);
    expect(answer.body.error.details).toEqual({ reason: 'key_required' });
  });

  it('with access "read" only look', async () => {
    const own = withUsers(() => ({ ...USER, access: 'read' }));
    expect((await as(own.call(null, 'get', '/keys'))).status).toBe(200);
    const answer = await as(own.call(null, 'post', '/keys', { name: 'x', permissions: ['chat:send'] }));
    expect(answer.status).toBe(403);
    expect(answer.body.error.details).toEqual({ reason: 'read_only' });
  });

  it('a key that is presented decides alone: a bad one is not rescued by a session', async () => {
    expect((await as(api.call('sk-nonsense', 'get', '/keys'))).status).toBe(401);
    const { token } = await api.issue({ ownerId: 'other', scopes: ['api_keys:read'] });
    const answer = await as(api.call(token, 'get', '/keys'));
    const listed = answer.body.keys as { owner_id: string }[];
    expect(listed.map(({ owner_id: owner }) => owner)).toEqual(['other']);
  });

  it.each([
    ['Sec-Fetch-Site', 'cross-site', 403],
    ['Sec-Fetch-Site', 'same-origin', 201],
    ['Origin', 'https://evil.example', 403],
    ['Origin', 'null', 403],
  ])('a page of another site cannot use their session: %s %s', async (header, value, status) => {
    const call = api.call(null, 'post', '/keys', { name: 'x', permissions: ['chat:send'] });
    const answer = await as(call).set(header, value);
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body.error.details).toEqual({ reason: 'cross_site' });
  });

  it.each([
    ['a string', 'u1'],
    ['true', true],
    ['a key', { ...USER, type: 'key' }],
    ['no owner', { ...USER, ownerId: '' }],
    ['an owner that is no text', { ...USER, ownerId: 7 }],
    ['no scopes', { type: 'user', id: 'u1', ownerId: 'acme' }],
    ['an unknown scope', { ...USER, scopes: ['modls:read'] }],
    ['another access', { ...USER, access: 'admin' }],
    ['users that are no list', { ...USER, actAs: '*' }],
  ])('an answer of the host that is no actor lets nobody in: %s', async (_name, answer) => {
    const own = withUsers(() => answer);
    const failures: string[] = [];
    own.keys.on('failure', ({ error }) => failures.push(String(error)));
    expect((await as(own.call(null, 'get', '/keys'))).status).toBe(503);
    expect(failures).toEqual([expect.stringContaining('options.actor')]);
  });

  it.each([null, undefined])('%p names nobody', async (nobody) => {
    expect((await as(withUsers(() => nobody).call(null, 'get', '/keys'))).status).toBe(401);
  });

  it('a host that fails lets nobody in', async () => {
    const own = withUsers(() => Promise.reject(new Error('session store is down')));
    expect((await as(own.call(null, 'get', '/keys'))).status).toBe(503);
  });

  it('an error of the catalogue that is none of a scope is not taken for one', async () => {
    const own = withUsers(() => USER);
    const failures: unknown[] = [];
    own.keys.on('failure', ({ error }) => failures.push(error));
    jest.spyOn(Object.getPrototypeOf(own.keys.scopes), 'parse').mockImplementationOnce(() => {
      throw new RangeError('broken');
    });
    expect((await as(own.call(null, 'get', '/keys'))).status).toBe(503);
    expect(failures).toEqual([expect.any(RangeError)]);
  });
});

describe('tenants', () => {
  it('see and touch the keys of their own owner alone; foreign ids are as unknown ones, byte for byte', async () => {
    const api = createApi({ usage });
    const { token: acme } = await api.issue();
    const { token: other } = await api.issue({ ownerId: 'other' });
    const { id: foreign } = await api.issue({ ownerId: 'other', scopes: ['models:read'] });
    const listed = await api.call(acme, 'get', '/keys');
    const owned = listed.body.keys as { owner_id: string }[];
    expect(owned.every(({ owner_id: owner }) => owner === 'acme')).toBe(true);
    const before = await dump(api.store);
    for (const [method, path] of CALLS) {
      if (path === '/keys') continue;
      const answers = [];
      for (const id of [foreign, 'AAAAAAAAAAAAAAAA', '%00', '%E0%A4%A', 'a%2Fb', 'x'.repeat(300)]) {
        const answer = await api.call(
          acme,
          method,
          path.replace('ID', id),
          method === 'patch' ? {} : undefined,
        );
        const { date, ...headers } = answer.headers as Record<string, string>;
        answers.push({ status: answer.status, text: answer.text, headers });
      }
      expect(answers[0]).toMatchObject({
        status: 404,
        text: '{"error":{"code":"NOT_FOUND","message":"API key not found","details":{}}}',
      });
      for (const answer of answers) expect(answer).toEqual(answers[0]);
    }
    expect(await dump(api.store)).toEqual(before);
    expect((await api.call(other, 'get', `/keys/${foreign}`)).status).toBe(200);
  });

  it('pages of one owner never hold a key of another', async () => {
    const api = createApi();
    const { token } = await api.issue();
    for (let i = 0; i < 12; i += 1) await api.issue({ ownerId: i % 2 === 0 ? 'acme' : 'other' });
    const seen: KeyInfo['id'][] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page = await api.call(token, 'get', `/keys?limit=3${query}`);
      for (const key of page.body.keys as { id: string; owner_id: string }[]) {
        expect(key.owner_id).toBe('acme');
        seen.push(key.id);
      }
      cursor = page.body.next_cursor as string | null;
    }
    expect(new Set(seen).size).toBe(7);
  });
});
