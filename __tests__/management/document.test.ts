/** The endpoints as the document of a real API describes them: the same requests, the same answers. */
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
