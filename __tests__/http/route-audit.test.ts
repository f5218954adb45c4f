/** The audit of routes: Express 4 and 5, nested routers, guards in front and guards that come too late. */
import connect from 'connect';
import express from 'express';
import express4 from 'express4';
import { apiKeyAuth, auditRoutes, createApiKeys, memoryStore } from '../../lib';

const keys = createApiKeys({ store: memoryStore() });
const read = () => keys.requireScope('models:read');
const write = () => keys.requireScope('models:write');
const handler = (_req: unknown, res: { end: () => void }) => {
  res.end();
};

/** The routes as lines: method, path, scopes of the guards. */
function lines(app: unknown): string[] {
  return auditRoutes(app).routes.map(({ method, path, guards }) => {
    return [method, path, ...guards.map(({ scopes }) => scopes.join('+'))].join(' ');
  });
}

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('%s', (_name, create) => {
  it('lists routes with the guards before their last handler', () => {
    const app = create();
    app.use(apiKeyAuth(keys));
    app.get('/', handler);
    app.get('/models/:id', read(), handler);
    app.post('/models', [read(), write()], create.json(), handler);
    app.delete('/models', handler, write());
    app.all('/any', read(), handler);
    app.route('/both').all(read()).get(handler).post(write(), handler);
    app.get(/^\/pattern$/, handler);
    app.get(['/one', '/two'], read(), handler);
    expect(lines(app)).toEqual([
      'GET /',
      'GET /models/:id models:read',
      'POST /models models:read models:write',
      'DELETE /models',
      'ALL /any models:read',
      'GET /both models:read',
      'POST /both models:read models:write',
      'GET /^\\/pattern$/',
      'GET /one models:read',
      'GET /two models:read',
    ]);
    expect(auditRoutes(app).unguarded.map(({ path }) => path)).toEqual(['/', '/models', '/^\\/pattern$/']);
  });

  it('follows nested routers, and counts the guards in front of them', () => {
    const app = create();
    const tenant = create.Router({ mergeParams: true });
    const deep = create.Router();
    deep.get('/list', handler);
    tenant.get('/before', handler);
    tenant.use(read());
    tenant.use('/deep.er/:part', deep);
    tenant.get('/after', write(), handler);
    app.use('/t/:tenant', tenant);
    expect(lines(app)).toEqual([
      'GET /t/:tenant/before',
      'GET /t/:tenant/deep.er/:part/list models:read',
      'GET /t/:tenant/after models:read models:write',
    ]);
  });

  it('a guard in front counts for what it certainly matches', () => {
    const app = create();
    app.use('/a', read());
    app.use('/p/:id', read());
    app.use('/p/special', write());
    for (const path of ['/a', '/A/b', '/ab', '/p/:x', '/p/1/y', '/p/special', '/p']) app.get(path, handler);
    app.get('/late', handler);
    app.use(read());
    expect(lines(app)).toEqual([
      'GET /a models:read',
      'GET /A/b models:read',
      'GET /ab',
      'GET /p/:x models:read',
      'GET /p/1/y models:read',
      'GET /p/special models:read models:write',
      'GET /p',
      'GET /late',
    ]);
  });

  it('a route of guards alone guards later routes of the same path', () => {
    const app = create();
    app.all('/x', read());
    app.post('/x', write());
    app.get('/x', handler);
    app.post('/x', handler);
    app.get('/x/below', handler);
    expect(lines(app)).toEqual(['GET /x models:read', 'POST /x models:read models:write', 'GET /x/below']);
  });

  it('a shadow guard denies nothing, so its route is not guarded', () => {
    const app = create();
    app.get('/x', keys.requireScope('models:read', { dangerouslyShadow: true }), handler);
    const { routes, unguarded } = auditRoutes(app);
    expect(routes).toEqual([
      {
        method: 'GET',
        path: '/x',
        guards: [{ scopes: ['models:read'], mode: 'all', objects: false, shadow: true }],
      },
    ]);
    expect(unguarded).toEqual(routes);
  });

  it('names apps that are mounted, and audits each with its path', () => {
    const app = create();
    const inner = create();
    inner.get('/inside', handler);
    app.use('/inner', inner);
    app.use(create());
    expect(auditRoutes(app)).toEqual({ routes: [], unguarded: [], mountedApps: ['/inner', '/'] });
    expect(lines(inner)).toEqual(['GET /inner/inside']);
  });

  it('shows expressions as they are', () => {
    const app = create();
    const router = create.Router();
    router.get('/x', handler);
    app.use(/^\/v\d/, router);
    expect(lines(app)).toEqual(['GET /^\\/v\\d//x']);
  });

  it('takes a router, and an app without routes', () => {
    const router = create.Router();
    router.get('/x', handler);
    expect(lines(router)).toEqual(['GET /x']);
    expect(lines(create())).toEqual([]);
  });
});

it('several mount paths are each followed in Express 5', () => {
  const app = express();
  const router = express.Router();
  router.get('/x', handler);
  app.use(['/one', ['/two']] as string[], router);
  expect(lines(app)).toEqual(['GET /one/x', 'GET /two/x']);
});

it('a router of an Express that keeps no paths is followed, with its path unknown', () => {
  const router = express.Router();
  router.use('/somewhere', express.Router().get('/x', handler));
  for (const layer of router.stack) Reflect.deleteProperty(layer, 'rawPath');
  expect(lines(router)).toEqual(['GET (unknown)/x']);
});

it('an app of Connect inside is no router', () => {
  const app = express();
  app.use(connect().use('/x', handler as never));
  expect(lines(app)).toEqual([]);
});

it.each([[connect()], [{}], [null], [() => {}]])('anything else is refused: %#', (app) => {
  expect(() => auditRoutes(app)).toThrow('app: must be an app or a router of Express 4 or 5; received ');
});
