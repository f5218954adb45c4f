import express from 'express';
import { apiKeyAuth, type ApiKeyEvents, type Middleware } from '../../lib';
import { PLAIN, behind, mount, whoami, type App } from './frameworks';
import { createTestKeys, type TestKeys } from './test-keys';
import { send, withServer } from './wire';

let test: TestKeys;
let passed: ApiKeyEvents['passed'][];
beforeEach(async () => {
  test = await createTestKeys();
  passed = [];
  test.keys.on('passed', (event) => passed.push(event));
});
const headers = (): Record<string, string> => ({ 'x-api-key': test.tokens.scoped });

it('a route with two guards passes once, under the pattern of the route', async () => {
  const guard = test.keys.requireScope('models:read');
  const router = express.Router();
  router.get(
    '/models/:id',
    guard as express.RequestHandler,
    guard as express.RequestHandler,
    whoami as express.RequestHandler,
  );
  const app = express();
  app.use('/v1', apiKeyAuth(test.keys) as express.RequestHandler, router);
  await withServer(app, (port) => send(port, { path: '/v1/models/7?x', headers: headers() }));
  expect(passed).toMatchObject([
    { route: 'GET /v1/models/:id', scopes: ['models:read'], key: { id: test.ids.scoped } },
  ]);
});

it.each(PLAIN)('without a pattern it is the path, in $name', async ({ app: create }) => {
  const app: App = create();
  mount(app, '/v1', apiKeyAuth(test.keys), test.keys.requireScope('models:read'), whoami);
  await withServer(app, (port) => send(port, { method: 'PUT', path: '/v1/models?x', headers: headers() }));
  expect(passed.map(({ route }) => route)).toEqual(['PUT /v1/models']);
});

it.each([
  ['a pattern that is a list', { path: ['/a', '/b'] }],
  ['a route without a pattern', {}],
  ['no route', null],
])('what is no text is no pattern: %s', async (_name, route) => {
  const guard = test.keys.requireScope('models:read');
  const auth = apiKeyAuth(test.keys);
  const routed: Middleware = (req, res, next) => {
    auth(req, res, () => {
      Reflect.set(req, 'route', route);
      guard(req, res, next);
    });
  };
  await withServer(behind(routed), (port) => send(port, { path: '/x', headers: headers() }));
  expect(passed.map((event) => event.route)).toEqual(['GET /x']);
});

it('a route of a bare request, without a method or a base', () => {
  const verdict = test.keys.verify(test.tokens.scoped);
  return Promise.resolve(verdict).then((settled) => {
    if (!settled.granted) throw new Error('the key must be good');
    const req = { apiKey: settled.key, route: { path: '/x' }, headers: {} };
    test.keys.requireScope('models:read')(req as never, {} as never, () => {});
    expect(passed.map((event) => event.route)).toEqual([' /x']);
  });
});
