/** The endpoints as the document of a real API describes them: the same requests, the same answers. */
import request from 'supertest';
import { apiKeyAuth } from '../../lib';
import { keyRateLimit } from '../../lib/limits';
import { createApi } from './support';

const BODY = {
  name: 'My Application',
  permissions: ['models:read', 'chat:send'],
  expires_at: '2024-12-31T23:59:59Z',
  rate_limit: 1000,
};

describe('the documented endpoints', () => {
  it('create, list and revoke a key', async () => {
    const { issue, call } = createApi();
    const { token: admin, id: adminId } = await issue({ name: 'Admin' });

    const created = await call(admin, 'post', '/keys', BODY).expect(201);
    expect(created.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(created.headers['cache-control']).toBe('no-store');
    const { key: token, ...key } = created.body as Record<string, string>;
    expect(token).toMatch(/^sk-[A-Za-z0-9]{54}$/);
    expect(key).toEqual({
      id: expect.stringMatching(/^[A-Za-z0-9]{16}$/),
      ...BODY,
      description: '',
      kind: 'secret',
      owner_id: 'acme',
      user_id: null,
      level: null,
      origins: [],
      addresses: [],
      hosts: [],
      quota: null,
      parent_id: null,
      metadata: {},
      state: 'live',
      created_at: '2024-01-15T10:00:00Z',
      updated_at: '2024-01-15T10:00:00Z',
      disabled_at: null,
      revoked_at: null,
      rotated_at: null,
      replaced_by: null,
      rotation_due_at: null,
      last_used_at: null,
    });

    const listed = await call(admin, 'get', '/keys').expect(200);
    expect(listed.body.next_cursor).toBeNull();
    const ids = (listed.body.keys as { id: string }[]).map(({ id }) => id);
    expect(ids.sort()).toEqual([adminId, key.id].sort());
    expect(listed.body.keys).toContainEqual(key);
    expect(JSON.stringify(listed.body)).not.toContain(token);

    await call(token ?? '', 'get', '/whoami').expect(200);
    const revoked = await call(admin, 'delete', `/keys/${key.id ?? ''}`).expect(200);
    expect(revoked.body).toEqual({
      ...key,
      state: 'revoked',
      revoked_at: '2024-01-15T10:00:00Z',
    });
    await call(token ?? '', 'get', '/whoami').expect(401);
  });
});

describe('the documented errors', () => {
  const challenge = 'Bearer error="invalid_token"';
  const json = 'application/json; charset=utf-8';

  async function setUp() {
    const api = createApi();
    const { token: admin } = await api.issue();
    api.app.get('/limited', apiKeyAuth(api.keys), keyRateLimit(api.keys), (_req, res) => {
      res.json({});
    });
    const make = async (body: object) => {
      const created = await api.call(admin, 'post', '/keys', { name: 'My Application', ...body }).expect(201);
      return { token: created.body.key as string, id: created.body.id as string };
    };
    const get = async (path: string, token?: string) => {
      const asked = request(api.app).get(path);
      return token === undefined ? asked : asked.set('Authorization', `Bearer ${token}`);
    };
    return { ...api, admin, make, get };
  }

  it('a missing key', async () => {
    const { get } = await setUp();
    for (const path of ['/models', '/api/v1/keys']) {
      const answer = await get(path);
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
      expect(answer.headers).toMatchObject({ 'content-type': json, 'cache-control': 'no-store' });
      expect(answer.text).toBe(
        '{"error":{"code":"UNAUTHORIZED","message":"API key is missing","details":{"reason":"key_missing"}}}',
      );
    }
  });

  it('an invalid key, and a revoked one', async () => {
    const { get, make, call, admin } = await setUp();
    const revoked = await make({ permissions: ['*'] });
    await call(admin, 'delete', `/keys/${revoked.id}`).expect(200);
    for (const token of ['sk-invalid', revoked.token]) {
      for (const path of ['/models', '/api/v1/keys']) {
        const answer = await get(path, token);
        expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, challenge]);
        expect(answer.text).toBe(
          '{"error":{"code":"UNAUTHORIZED","message":"Invalid API key","details":{"reason":"key_not_found"}}}',
        );
      }
    }
  });

  it('an expired key', async () => {
    const { get, make, at } = await setUp();
    const { token } = await make({ permissions: ['*'], expires_at: '2024-01-15T10:00:30Z' });
    at(30);
    const answer = await get('/models', token);
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, challenge]);
    expect(answer.text).toBe(
      '{"error":{"code":"UNAUTHORIZED","message":"API key has expired","details":{"expired_at":"2024-01-15T10:00:30Z"}}}',
    );
  });

  it('a missing permission', async () => {
    const { get, make } = await setUp();
    const { token } = await make({ permissions: ['chat:send'] });
    const answer = await get('/models', token);
    expect(answer.status).toBe(403);
    expect(answer.headers['www-authenticate']).toBe('Bearer error="insufficient_scope", scope="models:read"');
    expect(answer.text).toBe(
      '{"error":{"code":"FORBIDDEN","message":"Insufficient permissions","details":{"required":"models:read","provided":"chat:send"}}}',
    );
  });

  it('a passed rate limit', async () => {
    const { get, make } = await setUp();
    const { token } = await make({ permissions: ['*'], rate_limit: 2 });
    expect((await get('/limited', token)).headers).toMatchObject({
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
    });
    await get('/limited', token);
    const answer = await get('/limited', token);
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '3600']);
    expect(answer.text).toBe(
      '{"error":{"code":"RATE_LIMITED","message":"Rate limit exceeded","details":{"limit":2,"reset_at":"2024-01-15T11:00:00Z"}}}',
    );
  });
});
