/** Guards in shadow mode: what would be denied is told, and nothing is denied. */
import express from 'express';
import request from 'supertest';
import { apiKeyAuth, createApiKeys, memoryStore, requireScope, type ApiKeyEvents } from '../../lib';

const SHADOW = { dangerouslyShadow: true } as const;

function create() {
  const lines: string[] = [];
  const events: ApiKeyEvents['would_deny'][] = [];
  const keys = createApiKeys({
    store: memoryStore(),
    pepper: 'a pepper of more than thirty-two characters',
    log: (line) => lines.push(line),
    clock: () => 1_700_000_000_000,
  });
  const denied: unknown[] = [];
  keys.on('denied', (event) => denied.push(event));
  const app = express();
  const done = (_req: unknown, res: express.Response) => {
    res.json({ reached: true });
  };
  const optional = apiKeyAuth(keys, { required: false });
  app.get('/models', optional, keys.requireScope('models:write', SHADOW), done);
  app.get('/any', optional, keys.requireScope.any('models:write', 'chat:send', SHADOW), done);
  app.get('/bare', keys.requireScope('models:write', SHADOW), done);
  app.get('/free', requireScope('models:write', SHADOW), done);
  app.options('/models', optional, keys.requireScope('models:write', SHADOW), done);
  const issue = async (scope: string) => {
    return (await keys.create({ kind: 'scoped', name: 'Test', scopes: [scope] })).token;
  };
  const get = async (path: string, token?: string) => {
    const asked = request(app).get(path);
    return token === undefined ? asked : asked.set('Authorization', `Bearer ${token}`);
  };
  const listen = () => {
    keys.on('would_deny', (event) => events.push(event));
  };
  return { app, keys, lines, events, denied, issue, get, listen };
}

describe('a shadow guard', () => {
  it('tells the event what it would deny, and denies nothing', async () => {
    const { keys, lines, events, denied, issue, get, listen } = create();
    listen();
    const token = await issue('models:read');
    const key = (await keys.list()).keys[0]!;
    expect((await get('/models?page=2', token)).body).toEqual({ reached: true });
    expect(events).toEqual([
      {
        reason: 'scope_missing',
        status: 403,
        scopes: ['models:write'],
        keyId: key.id,
        key: expect.objectContaining({ name: 'Test' }) as unknown,
        method: 'GET',
        path: '/models',
        address: expect.any(String) as unknown,
        at: 1_700_000_000_000,
      },
    ]);
    expect(denied).toEqual([]);
    expect(lines).toEqual([]);
  });

  it('is silent where it passes', async () => {
    const { events, issue, get, listen } = create();
    listen();
    expect((await get('/models', await issue('models:write'))).status).toBe(200);
    expect((await get('/any', await issue('chat:send'))).status).toBe(200);
    expect(events).toEqual([]);
  });

  it.each([
    ['/models', 'key_missing', 401],
    ['/any', 'key_missing', 401],
    ['/bare', 'misconfigured', 500],
  ])('lets a request to %s go on without a key (%s)', async (path, reason, status) => {
    const { events, get, listen } = create();
    listen();
    expect((await get(path)).status).toBe(200);
    expect(events).toMatchObject([{ reason, status, keyId: null, key: null }]);
  });

  it('lets a preflight go on to the handler', async () => {
    const { app, events, listen } = create();
    listen();
    const preflight = request(app).options('/models').set('Origin', 'https://a.example');
    const { body } = await preflight.set('Access-Control-Request-Method', 'GET');
    expect(body).toEqual({ reached: true });
    expect(events).toEqual([]);
  });

  it('does not excuse a bad key: authentication comes before it', async () => {
    const { get, events, listen } = create();
    listen();
    expect((await get('/models', 'sk_nonsense')).status).toBe(401);
    expect(events).toEqual([]);
  });

  it('says in the log once that it would deny, where nobody listens', async () => {
    const { lines, issue, get } = create();
    const token = await issue('models:read');
    for (let i = 0; i < 3; i += 1) expect((await get('/models', token)).status).toBe(200);
    expect(lines).toEqual([
      'requireScope(models:write) on GET /models: would deny (scope_missing); listen to would_deny for each request.',
    ]);
  });

  it('without any runtime warns the process, and lets the request go on', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    expect((await create().get('/free')).status).toBe(200);
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });

  it('takes true or false alone', () => {
    const { keys } = create();
    expect(() => keys.requireScope('a:b', { dangerouslyShadow: 'yes' as never })).toThrow(
      'requireScope options.dangerouslyShadow: must be true or false; received "yes"',
    );
  });
});
