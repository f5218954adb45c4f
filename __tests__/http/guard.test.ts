import express from 'express';
import type { IncomingMessage } from 'node:http';
import { apiKeyAuth, createApiKeys, memoryStore, requireScope, type Middleware } from '../../lib';
import { createGuard, guardRuleOf } from '../../lib/http/guard';
import { VerifiedKey, grantOf } from '../../lib/service/verified-key';
import { PLAIN, behind, mount, stockPassport, whoami, type App } from './frameworks';
import { createTestKeys, type TestKeys } from './test-keys';
import { send, withServer, type Answer } from './wire';

const PREFLIGHT = { origin: 'https://a.example', 'access-control-request-method': 'PATCH' };
const MISCONFIGURED =
  '{"error":{"code":"MISCONFIGURED","message":"The server is not configured to answer this request","details":{}}}';

let test: TestKeys;
beforeAll(async () => {
  test = await createTestKeys();
});

/** Asks for `/floors/f1` behind these handlers, with a key of these scopes. */
async function asked(
  scopes: readonly string[] | null,
  handlers: Middleware[],
  headers = {},
): Promise<Answer> {
  const app = express() as App;
  mount(app, '/floors/:id', ...handlers, whoami);
  const token =
    scopes === null
      ? undefined
      : (
          await test.keys.create({
            kind: 'scoped',
            name: 'Asking',
            ownerId: `o${String(Math.random())}`,
            scopes: scopes as never,
          })
        ).token;
  const authorization = token === undefined ? {} : { authorization: `apikey ${token}` };
  return withServer(app, (port) =>
    send(port, { path: '/floors/f1?q=secret', headers: { ...authorization, ...headers } }),
  );
}

describe('scopes', () => {
  const all = () => test.keys.requireScope('models:read', 'floor:update');
  const any = () => test.keys.requireScope.any('models:read', 'floor:update');
  const id = (request: IncomingMessage) => (request as unknown as { params: { id: string } }).params.id;
  const object = () => test.keys.requireScope('floor:update', { id });

  it.each<[string, () => Middleware, string[], number]>([
    ['all', all, ['models:read'], 403],
    ['all', all, ['floor:update'], 403],
    ['all', all, ['models:read', 'floor:update'], 200],
    ['all', all, ['*'], 200],
    ['all', all, ['models', 'floor:*'], 200],
    ['any', any, ['models:read'], 200],
    ['any', any, ['floor:update'], 200],
    ['any', any, ['models:write'], 403],
    ['an object of its own', object, ['floor/f1:update'], 200],
    ['another object', object, ['floor/f2:update'], 403],
    ['another action on it', object, ['floor/f1:readPrivate'], 403],
    ['every object', object, ['floor:update'], 200],
    ['an object where the guard does not say which', all, ['models:read', 'floor/f1:update'], 403],
  ])('%s: %#', async (_name, guard, scopes, status) => {
    const answer = await asked(scopes, [apiKeyAuth(test.keys), guard()]);
    expect(answer.status).toBe(status);
  });

  it.each([undefined, null, '', 7, ['f1'], { id: 'f1' }, Promise.resolve('f1')])(
    'what is no text names no object: %p',
    async (value) => {
      const guard = test.keys.requireScope('floor:update', { id: () => value });
      expect((await asked(['floor/f1:update'], [apiKeyAuth(test.keys), guard])).status).toBe(403);
      expect((await asked(['floor:update'], [apiKeyAuth(test.keys), guard])).status).toBe(200);
    },
  );

  it('an id that cannot be read is an error of the route, and lets nobody in', async () => {
    const guard = test.keys.requireScope('floor:update', {
      id: () => {
        throw new Error('no params');
      },
    });
    const errors = jest.spyOn(console, 'error').mockImplementation(() => {});
    expect((await asked(['*'], [apiKeyAuth(test.keys), guard])).status).toBe(500);
    errors.mockRestore();
  });

  it('the refusal names what is needed and what is there, in the notation in which they were written', async () => {
    const answer = await asked(
      ['models.read', 'floor/f1:update'],
      [apiKeyAuth(test.keys), test.keys.requireScope.any('models.write', 'floor:readPrivate')],
    );
    expect(answer.text).toBe(
      '{"error":{"code":"FORBIDDEN","message":"Insufficient permissions","details":' +
        '{"required":"models.write floor:readPrivate","provided":"models.read floor/f1:update"}}}',
    );
    expect(answer.headers['www-authenticate']).toBe(
      'Bearer error="insufficient_scope", scope="models.write floor:readPrivate"',
    );
  });

  it('a guard tells what it demands; another function demands nothing', () => {
    expect(guardRuleOf(any())).toEqual({
      scopes: ['models:read', 'floor:update'],
      mode: 'any',
      objects: false,
      shadow: false,
    });
    expect(guardRuleOf(object())).toMatchObject({ scopes: ['floor:update'], mode: 'all', objects: true });
    expect(guardRuleOf(whoami)).toBeUndefined();
  });
});

describe('where the route is defined', () => {
  const guard =
    (...values: unknown[]) =>
    () =>
      (test.keys.requireScope as unknown as (...v: unknown[]) => unknown)(...values);

  it.each([
    ['no scope', guard(), 'needs at least one scope'],
    ['options alone', guard({ id: () => 'x' }), 'needs at least one scope'],
    ['a typo', guard('modls:read'), 'did you mean models?'],
    ['a malformed scope', guard('models read'), 'is not a scope'],
    ['an empty scope', guard(''), 'is not a scope'],
    ['a list', guard(['models:read']), 'takes scopes as strings; received an array of 1'],
    ['an object before the end', guard({}, 'models:read'), 'takes scopes as strings; received an object'],
    ['a number', guard(7), 'takes scopes as strings; received 7'],
    ['null', guard('models:read', null), 'takes scopes as strings; received null'],
    [
      'an unknown option',
      guard('models:read', { ids: 1 }),
      'requireScope options.ids: is not an option. Known: id, dangerouslyShadow.',
    ],
    [
      'an id that is no function',
      guard('models:read', { id: 'f1' }),
      'must be a function such as (req) => req.params.id; received "f1"',
    ],
  ])('%s is an error', (_name, define, message) => {
    expect(define).toThrow(TypeError);
    expect(define).toThrow(message);
  });

  it('the compiler refuses a typo', () => {
    // @ts-expect-error -- no such resource
    expect(() => test.keys.requireScope('modls:read')).toThrow();
    // @ts-expect-error -- no such action
    expect(() => test.keys.requireScope.any('models:raed')).toThrow();
    // @ts-expect-error -- no scope at all
    expect(() => test.keys.requireScope()).toThrow();
    // @ts-expect-error -- options are no scope
    expect(() => test.keys.requireScope({ id: () => 'x' })).toThrow();
    const input = { kind: 'scoped', name: 'x' } as const;
    // @ts-expect-error -- creation knows the names too
    const created = test.keys.create({ ...input, scopes: ['modls:read'] });
    return expect(created).rejects.toThrow('did you mean models?');
  });

  it('an error that is no error of a scope is not taken for one', () => {
    const broken = {
      ...test.keys.scopes,
      level: () => null,
      parse: () => {
        throw new RangeError('broken');
      },
    };
    const keys = createApiKeys({ store: memoryStore(), scopes: broken });
    expect(() => keys.requireScope('a:b')).toThrow(RangeError);
  });
});

describe('where no authentication ran', () => {
  it.each(PLAIN)(
    'it never passes, and says once where and how to mend it, in $name',
    async ({ app: create }) => {
      const own = await createTestKeys();
      const app = create();
      mount(app, '/floors', own.keys.requireScope('models:read'), whoami);
      await withServer(app, async (port) => {
        const headers = { authorization: `Bearer ${own.tokens.secret}` };
        for (let i = 0; i < 3; i += 1) {
          const answer = await send(port, { method: 'PATCH', path: '/floors/1?token=abc', headers });
          expect(answer).toMatchObject({ status: 500, text: MISCONFIGURED });
        }
      });
      expect(own.lines).toEqual([
        'requireScope(models:read) on PATCH /floors/1: no authentication ran before it. ' +
          'Put app.use(apiKeyAuth(keys)) before the route.',
      ]);
    },
  );

  it('the free guard warns the process', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    expect((await asked(null, [requireScope('models:read')])).status).toBe(500);
    expect(warn).toHaveBeenCalledTimes(1);
    const line = expect.stringContaining(
      'requireScope(models:read) on GET /floors/f1: no authentication',
    ) as unknown;
    expect(warn).toHaveBeenCalledWith(line, { type: 'LatchkeyWarning' });
    warn.mockRestore();
  });

  it('a request that has no method and no URL is told too', () => {
    const ended = jest.fn();
    const res = { setHeader: jest.fn(), end: ended };
    const guard = test.keys.requireScope('models:read');
    guard({ headers: {} } as never, res as never, () => {
      throw new Error('passed');
    });
    expect(ended).toHaveBeenCalledWith(MISCONFIGURED);
  });

  const verified = () => test.keys.verify(test.tokens.secret) as { granted: true; key: object };
  it.each<[string, () => unknown]>([
    ['a plain object', () => ({ id: 'x', kind: 'secret', scopes: ['*'], can: () => true })],
    ['null', () => null],
    ['true', () => true],
    ['an empty string', () => ''],
    ['a copy of a key', () => ({ ...verified().key })],
    ['what inherits from a key', () => Object.create(verified().key) as unknown],
    ['a key behind a Proxy', () => new Proxy(verified().key, {})],
    ['the verdict', verified],
  ])('a forged req.apiKey or req.authInfo does not pass: %s', async (_name, forged) => {
    await test.keys.verify(test.tokens.secret);
    for (const property of ['apiKey', 'authInfo']) {
      const forge: Middleware = (req, _res, next) => {
        const value = property === 'authInfo' && forged !== verified ? { apiKey: forged() } : forged();
        Reflect.set(
          req,
          property,
          property === 'authInfo' && forged === verified ? { apiKey: value } : value,
        );
        next();
      };
      const answer = await asked(null, [forge, test.keys.requireScope('models:read')]);
      expect(answer).toMatchObject({ status: 500, text: MISCONFIGURED });
    }
  });

  it('a forged value behind authentication that found no key does not pass either', async () => {
    const forge: Middleware = (req, _res, next) => {
      Reflect.set(req, 'apiKey', { can: () => true });
      next();
    };
    const optional = apiKeyAuth(test.keys, { required: false });
    expect((await asked(null, [optional, forge, test.keys.requireScope('models:read')])).status).toBe(500);
  });

  it('a key of another createApiKeys does not pass', async () => {
    const other = await createTestKeys();
    const answer = await asked(['*'], [apiKeyAuth(test.keys), other.keys.requireScope('models:read')]);
    expect(answer).toMatchObject({ status: 500, text: MISCONFIGURED });
    expect(other.lines[0]).toContain('verified by another createApiKeys() than the guard belongs to');
  });

  it('the free guard takes keys of any, and fails closed where their catalogue does not know its scopes', async () => {
    const own = await createTestKeys();
    const free = requireScope('models:read');
    const unknown = requireScope('colours:read');
    const ask = (keys: TestKeys, guard: Middleware) => {
      const app = express() as App;
      mount(app, '/', apiKeyAuth(keys.keys), guard, whoami);
      return withServer(app, (port) => send(port, { headers: { 'x-api-key': keys.tokens.scoped } }));
    };
    expect((await ask(test, free)).status).toBe(200);
    expect((await ask(own, free)).status).toBe(200);
    expect((await ask(own, requireScope('models:write'))).status).toBe(403);
    expect(await ask(own, unknown)).toMatchObject({ status: 500, text: MISCONFIGURED });
    expect(own.lines[0]).toContain('the catalogue of the key does not know these scopes');
  });

  it('a key of a service that nobody composed passes nowhere', async () => {
    const record = await test.store.findById(test.ids.secret);
    const { key } = (await test.keys.verify(test.tokens.secret)) as { key: VerifiedKey };
    const stray = new VerifiedKey(record as never, grantOf(key), { parseScope: () => null as never });
    const forge: Middleware = (req, _res, next) => {
      Reflect.set(req, 'apiKey', stray);
      next();
    };
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    for (const guard of [requireScope('models:read'), test.keys.requireScope('models:read')]) {
      expect(await asked(null, [forge, guard])).toMatchObject({ status: 500, text: MISCONFIGURED });
    }
    warn.mockRestore();
  });

  it('a catalogue that breaks is an error of the host', () => {
    const { key } = test.keys.verify(test.tokens.secret) as unknown as { key: never };
    const broken = { text: 'models:read' } as never;
    const guard = createGuard({
      scopes: [
        Object.defineProperty({} as { text: string }, 'text', {
          get: jest
            .fn()
            .mockReturnValueOnce('a')
            .mockImplementation(() => {
              throw new RangeError('broken');
            }),
        }) as never,
        broken,
      ],
      mode: 'all',
      objectId: null,
      runtime: null,
    });
    const req = { apiKey: key, headers: {} } as never;
    expect(() => guard(req, {} as never, () => {})).toThrow(RangeError);
  });
});

describe('where authentication is optional and no key came', () => {
  it('it is the 401 of a missing key, reported', async () => {
    const reasons: unknown[] = [];
    const listener = ({ reason, key }: { reason: string; key: unknown }) => reasons.push([reason, key]);
    test.keys.on('denied', listener);
    const optional = apiKeyAuth(test.keys, { required: false });
    const answer = await asked(null, [optional, test.keys.requireScope('models:read')]);
    const free = await asked(null, [optional, requireScope('models:read')]);
    test.keys.off('denied', listener);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(free.text).toBe(answer.text);
    expect(reasons).toEqual([
      ['key_missing', null],
      ['key_missing', null],
    ]);
  });
});

describe('a preflight', () => {
  it.each([
    ['required', () => apiKeyAuth(test.keys)],
    ['optional', () => apiKeyAuth(test.keys, { required: false })],
    ['Passport', () => stockPassport(test.keys)],
  ])('is no 401 and reaches no guarded handler: %s', async (_name, auth) => {
    const handler = jest.fn(whoami);
    const app = express() as App;
    mount(app, '/', auth(), test.keys.requireScope('models:read'), handler);
    const answer = await withServer(app, (port) => send(port, { method: 'OPTIONS', headers: PREFLIGHT }));
    expect(answer).toMatchObject({ status: 204, text: '' });
    expect(handler).not.toHaveBeenCalled();
  });

  it('OPTIONS that is no preflight is a request like any other', async () => {
    const answer = await withServer(behind(apiKeyAuth(test.keys)), (port) =>
      send(port, { method: 'OPTIONS' }),
    );
    expect(answer.status).toBe(401);
  });
});
