import cors from 'cors';
import express, { type RequestHandler } from 'express';
import { apiKeyAuth, type Middleware } from '../../lib';
import { PLAIN, behind, mount, mountErrors, stockPassport, whoami, type App } from './frameworks';
import { APP, createTestKeys, type TestKeys } from './test-keys';
import { send, withServer } from './wire';

let test: TestKeys;
beforeAll(async () => {
  test = await createTestKeys({
    carriers: { publishable: { query: ['pubtoken'], headers: ['X-Publishable-Key'] } },
  });
});

const path = () => `/?pubtoken=${test.tokens.publishable}`;
const preflight = (origin: string, more: Record<string, string> = {}) => ({
  origin,
  'access-control-request-method': 'PATCH',
  ...more,
});
/** Handlers behind the middleware must not see a preflight that was answered. */
const late: Middleware = (_req, res) => {
  res.statusCode = 299;
  res.end();
};

const HOSTS: [string, () => App][] = [
  ...PLAIN.map(({ name, app: create }): [string, () => App] => [
    name,
    () => {
      const app = create();
      mount(app, '/', apiKeyAuth(test.keys), late);
      return app;
    },
  ]),
  [
    'stock Passport',
    () => {
      const app = express() as App;
      mount(app, '/', stockPassport(test.keys), late);
      return app;
    },
  ],
];

describe.each(HOSTS)('a preflight in %s', (_name, host) => {
  it.each<[string, number, () => string, string]>([
    ['an allowed origin', 204, path, APP],
    ['another origin', 299, path, 'https://evil.example'],
    ['another port', 299, path, `${APP}:8443`],
    ['another scheme', 299, path, 'http://app.example.com'],
    ['a domain below', 299, path, 'https://x.app.example.com'],
    ['null', 299, path, 'null'],
    ['no key', 299, () => '/', APP],
    ['an empty key', 299, () => '/?pubtoken=', APP],
    ['a malformed key', 299, () => '/?pubtoken=x', APP],
    ['an unknown key', 299, () => `/?pubtoken=${test.tokens.unknown.replace('sk_', 'pk_')}`, APP],
    ['two keys', 299, () => `${path()}&pubtoken=x`, APP],
    ['a secret key', 299, () => `/?pubtoken=${test.tokens.secret}`, APP],
  ])('%s: %s', async (_row, status, at, origin) => {
    const headers = preflight(origin, { 'access-control-request-headers': 'content-type, X-Other' });
    const answer = await withServer(host(), (port) => send(port, { method: 'OPTIONS', path: at(), headers }));
    expect(answer.status).toBe(status);
    if (status === 204) {
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': APP,
        'access-control-allow-methods': 'PATCH',
        'access-control-allow-headers': 'content-type, X-Other',
        'access-control-max-age': '600',
        vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
        'content-length': '0',
      });
      expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
    } else expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('a preflight', () => {
  const auth = () => behind(apiKeyAuth(test.keys), late);

  it.each([
    ['a method that is none', { 'access-control-request-method': 'GET, PUT' }],
    ['headers that are none', { 'access-control-request-headers': 'a b' }],
  ])('does not repeat %s', async (_name, more) => {
    const headers = preflight(APP, more);
    const answer = await withServer(auth(), (port) =>
      send(port, { method: 'OPTIONS', path: path(), headers }),
    );
    expect(answer.status).toBe(204);
    const repeated = Object.keys(more)[0]?.includes('method') === true ? 'methods' : 'headers';
    expect(answer.headers).not.toHaveProperty(`access-control-allow-${repeated}`);
  });

  it('is 503, readable, where there is no verdict', async () => {
    const own = await createTestKeys({ cache: { ttl: 0 } });
    own.store.mode = 'down';
    for (const middleware of [apiKeyAuth(own.keys), stockPassport(own.keys)]) {
      const app = express() as App;
      mount(app, '/', middleware, late);
      const at = `/?pubtoken=${own.tokens.publishable}`;
      const answer = await withServer(app, (port) =>
        send(port, { method: 'OPTIONS', path: at, headers: preflight(APP) }),
      );
      expect(answer.status).toBe(503);
      expect(answer.headers).toMatchObject({ 'access-control-allow-origin': APP, 'retry-after': '1' });
    }
  });

  it('is answered after the store, where the key is not cached', async () => {
    const own = await createTestKeys({ cache: { ttl: 0 } });
    const at = `/?pubtoken=${own.tokens.publishable}`;
    const answer = await withServer(behind(apiKeyAuth(own.keys), late), (port) =>
      send(port, { method: 'OPTIONS', path: at, headers: preflight(APP) }),
    );
    expect(answer.status).toBe(204);
  });

  it('goes on to the CORS handling of the host, which answers for its own origins', async () => {
    const app = express() as App;
    mount(app, '/', apiKeyAuth(test.keys), cors({ origin: 'https://host.example' }) as Middleware, late);
    await withServer(app, async (port) => {
      const own = await send(port, { method: 'OPTIONS', headers: preflight('https://host.example') });
      expect(own.status).toBe(204);
      expect(own.headers['access-control-allow-origin']).toBe('https://host.example');
      const keyed = await send(port, { method: 'OPTIONS', path: path(), headers: preflight(APP) });
      expect(keyed.headers['access-control-allow-origin']).toBe(APP);
    });
  });

  it('is passed on by Passport in Connect, which gives strategies no response', async () => {
    const app = (PLAIN[2] as (typeof PLAIN)[number]).app();
    mount(app, '/', stockPassport(test.keys), late);
    const answer = await withServer(app, (port) =>
      send(port, { method: 'OPTIONS', path: path(), headers: preflight(APP) }),
    );
    expect(answer.status).toBe(299);
  });

  it('with a credential all the same brings no key', async () => {
    const tell: Middleware = (req, res) => res.end(JSON.stringify(Reflect.get(req, 'apiKey')));
    const headers = { ...preflight(APP), 'x-api-key': test.tokens.secret };
    const answer = await withServer(behind(apiKeyAuth(test.keys), tell), (port) =>
      send(port, { method: 'OPTIONS', headers }),
    );
    expect(answer).toMatchObject({ status: 200, text: 'null' });
  });
});

describe('an answer to a publishable key', () => {
  it.each<[string, number, () => string, string]>([
    ['good', 200, path, APP],
    ['403', 403, path, 'https://evil.example'],
    ['401', 401, () => '/?pubtoken=x', APP],
    ['a guard', 403, () => `/write?pubtoken=${test.tokens.publishable}`, APP],
    ['400', 400, () => `${path()}&pubtoken=x`, APP],
  ])(
    'can be read by the page that asked, and by no other cache entry: %s',
    async (name, status, at, origin) => {
      for (const middleware of [apiKeyAuth(test.keys), stockPassport(test.keys)]) {
        const app = express() as App;
        mount(app, '/', middleware);
        mount(app, '/write', test.keys.requireScope('models:write'));
        mount(app, '/', whoami);
        mountErrors(app);
        const answer = await withServer(app, (port) => send(port, { path: at(), headers: { origin } }));
        expect(answer.status).toBe(status);
        expect([name, answer.headers.vary]).toEqual([name, 'Origin']);
        expect(answer.headers['access-control-allow-origin']).toBe(origin);
        expect(answer.headers['access-control-expose-headers']).toContain('WWW-Authenticate');
      }
    },
  );

  it('keeps what the host already put into Vary', async () => {
    const app = express() as App;
    const compressed: RequestHandler = (_req, res, next) => {
      res.vary('Accept-Encoding');
      next();
    };
    mount(app, '/', compressed as Middleware, apiKeyAuth(test.keys), whoami);
    const answer = await withServer(app, (port) => send(port, { path: path(), headers: { origin: APP } }));
    expect(answer.headers.vary).toBe('Accept-Encoding, Origin');
  });

  it.each([undefined, 'null', 'https://x.example/path'])(
    'names no origin that is none: %s',
    async (origin) => {
      const headers = origin === undefined ? {} : { origin };
      const answer = await withServer(behind(apiKeyAuth(test.keys)), (port) =>
        send(port, { path: path(), headers }),
      );
      expect(answer.status).toBe(403);
      expect(answer.headers.vary).toBe('Origin');
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    },
  );

  it('also where the key comes in a header', async () => {
    const headers = { origin: APP, 'x-publishable-key': test.tokens.publishable };
    const answer = await withServer(behind(apiKeyAuth(test.keys)), (port) => send(port, { headers }));
    expect(answer).toMatchObject({
      status: 200,
      headers: { vary: 'Origin', 'access-control-allow-origin': APP },
    });
  });
});

describe('Referer', () => {
  it.each<[string, boolean, number, string]>([
    ['without the option', false, 403, `${APP}/page`],
    ['a page of the origin', true, 200, `${APP}/page?q`],
    ['the bare origin', true, 200, APP],
    ['another origin', true, 403, 'https://evil.example/'],
    ['an origin that begins alike', true, 403, `${APP}.evil.example/`],
    ['userinfo', true, 403, `${APP}@evil.example/`],
    ['a backslash', true, 403, `${APP}\\@evil.example/`],
    ['no URL', true, 403, 'about:blank'],
  ])(
    'stands in for Origin where the host asks for it: %s',
    async (_name, refererFallback, status, referer) => {
      const own = await createTestKeys({ refererFallback });
      const at = `/?pubtoken=${own.tokens.publishable}`;
      await withServer(behind(apiKeyAuth(own.keys)), async (port) => {
        expect((await send(port, { path: at, headers: { referer } })).status).toBe(status);
        const origin = 'https://evil.example';
        expect((await send(port, { path: at, headers: { referer, origin } })).status).toBe(403);
        expect((await send(port, { path: at })).status).toBe(403);
      });
    },
  );
});
