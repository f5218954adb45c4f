import express, { type ErrorRequestHandler } from 'express';
import { createHook } from 'node:async_hooks';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import {
  apiKeyAuth,
  type ApiKeyAuthOptions,
  type ApiKeyEvents,
  type HttpRequest,
  type Middleware,
} from '../lib';
import { PLAIN, behind, mount, whoami, type App } from './http/frameworks';
import { APP, createTestKeys, type TestKeys } from './http/test-keys';
import { send, withServer, type Answer } from './http/wire';

let test: TestKeys;
beforeAll(async () => {
  test = await createTestKeys();
});

const secret = () => ({ headers: { authorization: `Bearer ${test.tokens.secret}` } });
const scoped = () => ({ headers: { 'x-api-key': test.tokens.scoped } });
const ask = (options: ApiKeyAuthOptions, question = secret()): Promise<Answer> =>
  withServer(behind(apiKeyAuth(test.keys, options)), (port) => send(port, question));

describe('options', () => {
  it.each<[string, unknown, string]>([
    [
      'an unknown name',
      { requird: false },
      'apiKeyAuth options.requird: is not an option. Known: required, kinds',
    ],
    ['no object', 'secret', 'apiKeyAuth options: must be an object; received "secret"'],
    ['required', { required: 'no' }, 'apiKeyAuth options.required: must be true or false; received "no"'],
    [
      'kinds',
      { kinds: ['sercet'] },
      'apiKeyAuth options.kinds: must be an array of some of secret, publishable',
    ],
    ['no kinds', { kinds: [] }, 'apiKeyAuth options.kinds: must be an array of some of'],
    ['a kind', { kinds: 'secret' }, 'received "secret"'],
    ['check', { check: true }, 'apiKeyAuth options.check: must be a function; received true'],
    ...['apiKey', 'authInfo', '__proto__', 'constructor', 'headers', 'a b', '', 7].map(
      (name) =>
        ['assignProperty', { assignProperty: name }, 'must be the name of a free property'] as [
          string,
          unknown,
          string,
        ],
    ),
  ])('%s is refused at creation: %j', (_name, options, message) => {
    expect(() => apiKeyAuth(test.keys, options as ApiKeyAuthOptions)).toThrow(TypeError);
    expect(() => apiKeyAuth(test.keys, options as ApiKeyAuthOptions)).toThrow(message);
  });

  it.each([undefined, null, {}, 'keys'])('keys from elsewhere are refused: %p', (keys) => {
    expect(() => apiKeyAuth(keys as never)).toThrow('keys: must come from createApiKeys(); received');
  });

  it('required: false lets a request without a key through, and no bad key', async () => {
    expect(await ask({ required: false }, {} as never)).toMatchObject({ status: 200, text: '{"id":null}' });
    expect((await ask({ required: false }, { headers: { authorization: 'Bearer x' } })).status).toBe(401);
    expect((await ask({ required: false })).status).toBe(200);
  });

  it('kinds narrows what is accepted', async () => {
    expect((await ask({ kinds: ['secret'] })).status).toBe(200);
    expect((await ask({ kinds: ['scoped', 'temporary'] })).status).toBe(401);
    expect((await ask({ kinds: ['publishable'] })).status).toBe(401);
    expect((await ask({ kinds: ['scoped'] }, scoped() as never)).status).toBe(200);
  });

  it('assignProperty adds the principal', async () => {
    const tell: Middleware = (req, res) => res.end(JSON.stringify(Reflect.get(req, 'user')));
    const app = express() as App;
    mount(app, '/', apiKeyAuth(test.keys), apiKeyAuth(test.keys, { assignProperty: 'user' }), tell);
    const answer = await withServer(app, (port) => send(port, secret()));
    expect(JSON.parse(answer.text)).toEqual({ type: 'user', id: 'u-1', ownerId: 'acme' });
    const once = behind(apiKeyAuth(test.keys, { assignProperty: 'user' }), tell);
    expect((await withServer(once, (port) => send(port, secret()))).text).toBe(answer.text);
  });
});

describe('check', () => {
  const fail = (error: unknown) => () => {
    throw error;
  };
  it.each<[string, () => unknown, number]>([
    ['true', () => true, 200],
    ['a promise of true', () => Promise.resolve(true), 200],
    ['false', () => false, 403],
    ['a promise of false', () => Promise.resolve(false), 403],
    ['nothing', () => undefined, 403],
    ['a truthy value', () => 1, 403],
    ['the text "true"', () => 'true', 403],
    ['a promise of a truthy value', () => Promise.resolve({}), 403],
    ['a thenable that is no promise', () => ({ then: (f: (v: boolean) => void) => f(true) }), 403],
    ['an exception', fail(new Error('broken')), 503],
    ['an exception that is undefined', fail(undefined), 503],
    ['a rejection', () => Promise.reject(new Error('broken')), 503],
  ])('%s: %#', async (_name, check, status) => {
    const answer = await ask({ check: check as never });
    expect(answer.status).toBe(status);
    const twice = express() as App;
    mount(twice, '/', apiKeyAuth(test.keys), apiKeyAuth(test.keys, { check: check as never }), whoami);
    expect((await withServer(twice, (port) => send(port, secret()))).status).toBe(status);
    if (status === 403) {
      expect(answer.text).toBe(
        '{"error":{"code":"FORBIDDEN","message":"Request not allowed","details":{"reason":"check_refused"}}}',
      );
    }
  });

  it('gets the key and the request, after the key is verified', async () => {
    const check = jest.fn(() => true);
    await ask({ check });
    expect(check).toHaveBeenCalledWith(
      expect.objectContaining({ id: test.ids.secret }),
      expect.any(IncomingMessage),
    );
    await ask({ check }, { headers: { authorization: 'Bearer x' } });
    expect(check).toHaveBeenCalledTimes(1);
  });

  it('that breaks is told to the host', async () => {
    const failures: ApiKeyEvents['failure'][] = [];
    const listener = (event: ApiKeyEvents['failure']) => failures.push(event);
    test.keys.on('failure', listener);
    await ask({ check: fail(new Error('broken')) });
    test.keys.off('failure', listener);
    expect(failures).toMatchObject([{ task: 'check', error: new Error('broken') }]);
  });
});

describe('mounted more than once', () => {
  it('reaches one verdict a request, and applies the rules of each mount', async () => {
    const verified = jest.fn();
    test.keys.on('verified', verified);
    const app = express() as App;
    const auth = apiKeyAuth(test.keys);
    mount(app, '/', auth, auth);
    mount(app, '/scoped', apiKeyAuth(test.keys, { kinds: ['scoped'] }));
    mount(app, '/', whoami);
    await withServer(app, async (port) => {
      expect((await send(port, secret())).status).toBe(200);
      expect((await send(port, { path: '/scoped', ...secret() })).status).toBe(401);
    });
    test.keys.off('verified', verified);
    expect(verified).toHaveBeenCalledTimes(2);
  });

  it('an optional mount before a required one refuses a request without a key', async () => {
    const app = express() as App;
    mount(app, '/', apiKeyAuth(test.keys, { required: false }), apiKeyAuth(test.keys), whoami);
    expect((await withServer(app, (port) => send(port))).status).toBe(401);
  });

  it('two createApiKeys in one app know their own keys alone', async () => {
    const other = await createTestKeys();
    const app = express() as App;
    mount(app, '/a', apiKeyAuth(test.keys), whoami);
    mount(app, '/b', apiKeyAuth(other.keys), whoami);
    mount(app, '/both', apiKeyAuth(test.keys), apiKeyAuth(other.keys), whoami);
    await withServer(app, async (port) => {
      expect((await send(port, { path: '/a', ...secret() })).status).toBe(200);
      expect((await send(port, { path: '/b', ...secret() })).status).toBe(401);
      expect((await send(port, { path: '/both', ...secret() })).status).toBe(401);
    });
  });
});

describe('what is behind next()', () => {
  it.each(PLAIN)('is not answered by us when it throws, in $name', async ({ app: create }) => {
    for (const cached of [true, false]) {
      const own = await createTestKeys({ cache: { ttl: cached ? 5 : 0 } });
      await own.keys.verify(own.tokens.secret);
      const app = create();
      mount(app, '/', apiKeyAuth(own.keys), () => {
        throw new Error('in the handler');
      });
      const last: ErrorRequestHandler = (error: Error, _req, res, _next) => {
        res.statusCode = 555;
        res.end(error.message);
      };
      app.use(last as unknown as Middleware);
      const headers = { authorization: `Bearer ${own.tokens.secret}` };
      const answer = await withServer(app, (port) => send(port, { headers }));
      expect(answer).toMatchObject({ status: 555, text: 'in the handler' });
    }
  });

  it('throws through the middleware where no framework catches', async () => {
    await test.keys.verify(test.tokens.secret);
    const { req, res } = exchange(test.tokens.secret);
    const handler = jest.fn(() => {
      throw new Error('in the handler');
    });
    expect(() => apiKeyAuth(test.keys)(req, res, handler)).toThrow('in the handler');
    expect(handler).toHaveBeenCalledTimes(1);
    expect(res.writableEnded).toBe(false);
  });
});

/** A request and a response as Node makes them. */
function exchange(token: string): { req: HttpRequest; res: ServerResponse } {
  const req = new IncomingMessage(new Socket()) as HttpRequest;
  req.method = 'GET';
  req.url = '/';
  req.rawHeaders.push('Authorization', `Bearer ${token}`);
  req.headers = { authorization: `Bearer ${token}` };
  return { req, res: new ServerResponse(req) };
}

describe('a cached key', () => {
  it.each(['secret', 'scoped', 'temporary'] as const)(
    '%s: next() is called at once; no store, no promise, one property on req, nothing on res',
    async (kind) => {
      await test.keys.verify(test.tokens[kind]);
      const auth = apiKeyAuth(test.keys);
      const guard = test.keys.requireScope('models:read');
      const { req, res } = exchange(test.tokens[kind]);
      const before = Object.getOwnPropertyNames(req);
      const written: PropertyKey[] = [];
      const watched = new Proxy(req, {
        set: (target, name, value) => {
          written.push(name);
          return Reflect.set(target, name, value);
        },
        defineProperty: (target, name, descriptor) => {
          written.push(name);
          return Reflect.defineProperty(target, name, descriptor);
        },
      });
      const reads = test.store.reads;
      const made: string[] = [];
      const hook = createHook({ init: (_id, type) => made.push(type) });
      const next = jest.fn();
      hook.enable();
      auth(watched, res, next);
      guard(watched, res, next);
      hook.disable();

      expect(next.mock.calls).toEqual([[], []]);
      // Promises, timers and ticks are all asynchronous resources.
      expect(made).toEqual([]);
      expect(test.store.reads).toBe(reads);
      expect(written).toEqual(['apiKey']);
      expect(Object.getOwnPropertyNames(req)).toEqual([...before, 'apiKey']);
      expect(res.getHeaderNames()).toEqual([]);
      expect(req.apiKey?.id).toBe(test.ids[kind]);
    },
  );
});

describe('events', () => {
  const record = async (use: () => Promise<unknown>) => {
    const events: [string, unknown][] = [];
    const names = ['verified', 'denied', 'secret_in_browser'] as const;
    const listeners = names.map((name) => [name, (event: unknown) => events.push([name, event])] as const);
    for (const [name, listener] of listeners) test.keys.on(name, listener);
    await use();
    for (const [name, listener] of listeners) test.keys.off(name, listener);
    return events;
  };
  const at = 1_704_110_400_000;

  it('verified, and a secret key that a page sent', async () => {
    const key = expect.objectContaining({ id: test.ids.secret }) as unknown;
    const headers = { ...secret().headers, origin: APP };
    expect(await record(() => ask({}, { headers }))).toEqual([
      ['verified', { key, at }],
      ['secret_in_browser', { key, origin: APP, at }],
    ]);
    expect(await record(() => ask({}))).toEqual([['verified', { key, at }]]);
  });

  it('a publishable key in a page is as it should be', async () => {
    const question = { path: `/?pubtoken=${test.tokens.publishable}`, headers: { origin: APP } };
    expect((await record(() => ask({}, question as never))).map(([name]) => name)).toEqual(['verified']);
  });

  it.each<[string, string | null, () => object, string]>([
    ['key_missing', null, () => ({}), ''],
    ['key_malformed', null, () => ({ authorization: 'Bearer x' }), ''],
    ['key_revoked', 'revoked', () => ({ authorization: `Bearer ${test.tokens.revoked}` }), ''],
    ['key_disabled', 'disabled', () => ({ authorization: `Bearer ${test.tokens.disabled}` }), ''],
    ['key_unknown', 'unknown', () => ({ authorization: `Bearer ${test.tokens.unknown}` }), ''],
    ['kind_wrong', 'publishable', () => ({ authorization: `Bearer ${test.tokens.publishable}` }), ''],
    ['host_wrong', 'elsewhere', () => ({ authorization: `Bearer ${test.tokens.elsewhere}` }), ''],
    ['ip_not_allowed', 'office', () => ({ authorization: `Bearer ${test.tokens.office}` }), ''],
    ['multiple_credentials', null, () => ({ authorization: 'Bearer x', 'x-api-key': 'y' }), ''],
  ])('denied says why: %s', async (reason, of, headers) => {
    const question = { method: 'PUT', path: '/a/b?c=d', headers: headers() };
    const events = await record(() => ask({}, question as never));
    const keyId = of === null ? null : test.tokens[of as 'revoked'].slice(3, 19);
    const status = reason === 'multiple_credentials' ? 400 : reason === 'ip_not_allowed' ? 403 : 401;
    expect(events).toEqual([
      ['denied', { reason, status, keyId, key: null, method: 'PUT', path: '/a/b', address: '127.0.0.1', at }],
    ]);
    expect(JSON.stringify(events)).not.toMatch(/[a-z]k_\w{54}/);
  });

  it('denied by a check or a guard names the key', async () => {
    const events = await record(() => ask({ check: () => false }));
    expect(events).toMatchObject([
      ['denied', { reason: 'check_refused', keyId: test.ids.secret, key: { id: test.ids.secret } }],
    ]);
  });
});

it('a rotated key is told when it ends', async () => {
  const ending = await test.keys.create({ kind: 'secret', name: 'Ending' });
  await test.keys.rotate(ending.key.id, { overlapSeconds: 3_600 });
  const answer = await ask({}, { headers: { authorization: `Bearer ${ending.token}` } });
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({
    deprecation: '@1704110400',
    sunset: 'Mon, 01 Jan 2024 13:00:00 GMT',
  });
  const lasting = await ask({});
  expect(lasting.headers).not.toHaveProperty('deprecation');
});
