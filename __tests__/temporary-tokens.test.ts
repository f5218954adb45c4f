import express, { type RequestHandler } from 'express';
import express4 from 'express4';
import { connect as dial } from 'node:net';
import { apiKeyAuth, temporaryTokens, type Middleware } from '../lib';
import { PLAIN, behind, mount, whoami, type App } from './http/frameworks';
import { NOON, createTestKeys, type TestKeys } from './http/test-keys';
import { listen, send, withServer, type Answer } from './http/wire';

const PATH = '/v2/temporary-access-token/create';
let test: TestKeys;
beforeAll(async () => {
  test = await createTestKeys();
});

const JSON_PARSED: [string, () => App][] = [
  ...PLAIN.map(({ name, app }): [string, () => App] => [name, app]),
  ['Express 5 behind express.json()', () => express().use(express.json())],
  ['Express 4 behind express.json()', () => express4().use(express4.json())],
];

function post(app: App, body: unknown, headers: object = {}): Promise<Answer> {
  mount(app, PATH, temporaryTokens(test.keys));
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return withServer(app, (port) =>
    send(port, {
      method: 'POST',
      path: PATH,
      body: text,
      headers: {
        authorization: `Bearer ${test.tokens.secret}`,
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(text)),
        ...headers,
      },
    }),
  );
}

describe.each(JSON_PARSED)('in %s', (_name, app) => {
  it.each<[string, object, number, string[]]>([
    ['an hour by default', { scopes: ['models:read'] }, 3_600, ['models:read']],
    ['the shortest', { scopes: ['models:read'], durationSeconds: 900 }, 900, ['models:read']],
    ['the longest', { scopes: ['models:read'], durationSeconds: 86_400 }, 86_400, ['models:read']],
    [
      'scopes as objects',
      { scopes: [{ resource: 'floor', action: 'readPrivate', resourceId: 'f1' }, { resource: 'models' }] },
      3_600,
      ['floor/f1:readPrivate', 'models:*'],
    ],
  ])('mints: %s', async (_row, body, seconds, scopes) => {
    const answer = await post(app(), body);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    });
    const { authorization, expiresAt, ...rest } = JSON.parse(answer.text) as {
      authorization: string;
      expiresAt: number;
    };
    expect(rest).toEqual({});
    expect(expiresAt).toBe(NOON / 1000 + seconds);
    expect(authorization).toMatch(/^Bearer tk_\w{54}$/);
    const verdict = await test.keys.verify(authorization.slice('Bearer '.length));
    expect(verdict).toMatchObject({
      granted: true,
      key: { kind: 'temporary', parentId: test.ids.secret, ownerId: 'acme', scopes },
    });
  });

  it.each<[string, unknown, string, string]>([
    ['no scopes', {}, 'scopes', 'scopes must be'],
    ['empty scopes', { scopes: [] }, 'scopes', 'scopes must not be empty'],
    ['scopes that are text', { scopes: 'models:read' }, 'scopes', 'scopes must be'],
    ['a scope that is none', { scopes: ['models read'] }, 'scopes', 'is not a scope'],
    ['an unknown scope', { scopes: ['modls:read'] }, 'scopes', 'did you mean models?'],
    ['a scope that is null', { scopes: [null] }, 'scopes', 'scopes'],
    [
      'too short',
      { scopes: ['models:read'], durationSeconds: 899 },
      'durationSeconds',
      'from 900 to 86400; received 899',
    ],
    ['too long', { scopes: ['models:read'], durationSeconds: 86_401 }, 'durationSeconds', 'received 86401'],
    [
      'no whole number',
      { scopes: ['models:read'], durationSeconds: 900.5 },
      'durationSeconds',
      'received 900.5',
    ],
    [
      'a text',
      { scopes: ['models:read'], durationSeconds: '3600' },
      'durationSeconds',
      'durationSeconds must be',
    ],
    ['null', { scopes: ['models:read'], durationSeconds: null }, 'durationSeconds', 'received null'],
    ['another field', { scopes: ['models:read'], ttl: 1 }, 'ttl', 'is not a field of this request'],
    ['a list', [], 'body', 'The body must be a JSON object'],
    [
      '__proto__',
      '{"scopes":["models:read"],"__proto__":{"durationSeconds":900}}',
      '__proto__',
      'is not a field',
    ],
  ])('400: %s', async (_row, body, field, sentence) => {
    const answer = await post(app(), body);
    expect(answer.status).toBe(400);
    const { error } = JSON.parse(answer.text) as {
      error: { code: string; message: string; details: { field: string } };
    };
    expect(error).toMatchObject({ code: 'INVALID_REQUEST', details: { field } });
    expect(error.message).toContain(sentence.replaceAll('"', "'"));
    expect(answer.headers).not.toHaveProperty('www-authenticate');
  });
});

describe('a body that only we read', () => {
  it.each([
    ['nothing', '', 'The body must be JSON'],
    ['a text', '"models:read"', 'The body must be a JSON object'],
    ['null', 'null', 'The body must be a JSON object'],
    ['a number', '7', 'The body must be a JSON object'],
    ['half', '{"scopes":', 'The body must be JSON'],
    [
      'one name twice',
      '{"scopes":["models:read"],"scopes":["*"]}',
      'The body must not repeat a name: the name "scopes" stands twice',
    ],
    ['one name twice, once escaped', '{"scopes":[],"sc\\u006fpes":[]}', 'stands twice'],
    [
      'one name twice further down',
      '{"scopes":[{"resource":"floor","resource":"models"}]}',
      'the name "resource" stands twice',
    ],
    [
      'one name in two objects',
      '{"scopes":[{"resource":"floor"},{"resource":"floor"}],"x":1}',
      '"x" is not a field',
    ],
    ['names that stand in texts', '{"scopes":["{\\"a\\":1,\\"a\\":1}"]}', 'is not a scope'],
  ])('%s', async (_name, body, sentence) => {
    for (const { app } of PLAIN) {
      const answer = await post(app(), body);
      expect(answer.status).toBe(400);
      expect((JSON.parse(answer.text) as { error: { message: string } }).error.message).toContain(sentence);
    }
  });

  it('bytes that are no UTF-8', async () => {
    const { port, close } = await listen(behind(temporaryTokens(test.keys)));
    const body = Buffer.from('{"scopes":["models:read\xff"]}', 'latin1');
    const answer = await fetch(`http://127.0.0.1:${String(port)}`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${test.tokens.secret}` },
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('The body must be JSON');
    await close();
  });

  it('413 for more than 32 KiB, however it comes', async () => {
    const body = `{"scopes":["${'a'.repeat(100_000)}"]}`;
    const authorization = `Bearer ${test.tokens.secret}`;
    const app = behind(temporaryTokens(test.keys));
    for (const more of [{ 'content-length': '100015' }, { 'transfer-encoding': 'chunked' }]) {
      const headers = { authorization, ...(more as Record<string, string>) };
      const answer = await withServer(app, (port) => send(port, { method: 'POST', body, headers }));
      expect(body).toHaveLength(100_015);
      expect(answer.status).toBe(413);
      expect(answer.text).toContain('"code":"PAYLOAD_TOO_LARGE"');
    }
  });

  it('a stream that the host has read already is no body, and no endless wait', async () => {
    const app = PLAIN[0]!.app();
    const swallow: Middleware = (req, _res, next) => {
      req.resume().on('end', () => setImmediate(next));
    };
    app.use(swallow);
    const answer = await post(app, { scopes: ['models:read'] });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('The body must be a JSON object');
  });

  it('a client that goes in the middle of its body ends the request, and nothing else', async () => {
    const denied = new Promise<unknown>((resolve) => test.keys.on('denied', resolve));
    const { port, close } = await listen(behind(temporaryTokens(test.keys)));
    const head = `POST / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${test.tokens.secret}\r\nContent-Length: 100\r\n\r\n{"sco`;
    const socket = dial(port, '127.0.0.1', () =>
      socket.write(head, () => setTimeout(() => socket.destroy(), 20)),
    );
    expect(await denied).toMatchObject({ reason: 'invalid_request', status: 400 });
    await close();
  });
});

describe('who may', () => {
  it.each<[string, number, () => Record<string, string>, string]>(
    [
      ['nobody', 401, () => ({ authorization: '' }), 'key_not_found'],
      ['a scoped key', 403, () => ({ authorization: `Bearer ${test.tokens.scoped}` }), 'secret_key_required'],
      [
        'a temporary token',
        403,
        () => ({ authorization: `Bearer ${test.tokens.temporary}` }),
        'secret_key_required',
      ],
      ['a revoked key', 401, () => ({ authorization: `Bearer ${test.tokens.revoked}` }), 'key_not_found'],
    ].map((row) => row as [string, number, () => Record<string, string>, string]),
  )('%s: %d', async (_name, status, headers, reason) => {
    const given = headers();
    const answer = await post(
      PLAIN[2]!.app(),
      { scopes: ['models:read'] },
      given.authorization === '' ? { authorization: 'Bearer' } : given,
    );
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(`"reason":"${reason}"`);
  });

  it('not for more than the key may do itself', async () => {
    const { token } = await test.keys.create({ kind: 'secret', name: 'Narrow', scopes: ['models:read'] });
    const headers = { authorization: `Bearer ${token}` };
    const answer = await post(PLAIN[0]!.app(), { scopes: ['models:read', 'models:write', 'floor'] }, headers);
    expect(answer.status).toBe(403);
    expect(answer.text).toBe(
      '{"error":{"code":"FORBIDDEN","message":"Insufficient permissions","details":' +
        '{"required":"models:write floor","provided":"models:read"}}}',
    );
  });

  it('authentication that ran before is not repeated', async () => {
    const verified = jest.fn();
    test.keys.on('verified', verified);
    const app = PLAIN[0]!.app();
    app.use(apiKeyAuth(test.keys));
    expect((await post(app, { scopes: ['models:read'] })).status).toBe(200);
    test.keys.off('verified', verified);
    expect(verified).toHaveBeenCalledTimes(1);
  });

  it('an optional mount before it changes nothing', async () => {
    const app = PLAIN[0]!.app();
    app.use(apiKeyAuth(test.keys, { required: false }));
    const answer = await post(app, { scopes: ['models:read'] }, { authorization: 'Basic x' });
    expect(answer.status).toBe(401);
    expect(answer.text).toContain('API key is missing');
  });
});

describe('methods', () => {
  it('others than POST go on; a preflight too, without a key', async () => {
    const app = PLAIN[0]!.app();
    mount(app, '/', temporaryTokens(test.keys), whoami);
    await withServer(app, async (port) => {
      expect(await send(port)).toMatchObject({ status: 200, text: '{"id":null}' });
      const headers = { origin: 'https://a.example', 'access-control-request-method': 'POST' };
      expect((await send(port, { method: 'OPTIONS', headers })).status).toBe(200);
    });
  });
});

describe('the expiry', () => {
  it('is never past that of the parent, also in its last second', async () => {
    const own = await createTestKeys();
    const expiresAt = NOON + 1_000_000;
    const { token } = await own.keys.create({ kind: 'secret', name: 'Ending', expiresAt });
    const ask = () =>
      withServer(behind(temporaryTokens(own.keys)), (port) =>
        send(port, {
          method: 'POST',
          body: '{"scopes":["models:read"]}',
          headers: { authorization: `Bearer ${token}` },
        }),
      );
    for (const now of [NOON, NOON + 999_999, expiresAt - 1]) {
      own.clock.now = now;
      const answer = await ask();
      expect(answer.status).toBe(200);
      expect(JSON.parse(answer.text)).toMatchObject({ expiresAt: NOON / 1000 + 1_000 });
    }
    own.clock.now = expiresAt;
    expect((await ask()).status).toBe(401);
  });
});

it('a store that fails while minting is a 503; what breaks otherwise is told to the host', async () => {
  const failures: unknown[] = [];
  const own = await createTestKeys();
  own.keys.on('failure', ({ task }) => failures.push(task));
  const headers = { authorization: `Bearer ${own.tokens.secret}` };
  const ask = () =>
    withServer(behind(temporaryTokens(own.keys)), (port) =>
      send(port, { method: 'POST', body: '{"scopes":["models:read"]}', headers }),
    );
  const create = jest.spyOn(own.store, 'create').mockRejectedValueOnce(new Error('refused'));
  expect(await ask()).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  expect(failures).toEqual([]);
  create.mockResolvedValueOnce('created');
  own.keys.on('created', () => {});
  const parsed: RequestHandler = (req, _res, next) => {
    Object.defineProperty(req, 'body', {
      get: () => {
        throw new RangeError('broken');
      },
    });
    next();
  };
  const app = PLAIN[0]!.app();
  mount(app, '/', parsed as Middleware, temporaryTokens(own.keys));
  const answer = await withServer(app, (port) => send(port, { method: 'POST', headers }));
  expect(answer.status).toBe(503);
  expect(failures).toEqual(['minting a temporary token']);
});
