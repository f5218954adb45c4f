import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { Passport } from 'passport';
import { inspect } from 'node:util';
import { ApiKeyError, apiKeyErrors, type ApiKeys, type KeyKind, type Middleware } from '../../lib';
import { invalidKey } from '../../lib/denials';
import { stockPassport, whoami } from '../http/frameworks';
import { APP, createTestKeys, graft, type TestKeys } from '../http/test-keys';
import { send, withServer, type Ask, type Answer } from '../http/wire';

const NAMES = {
  secret: 'secret-key',
  publishable: 'publishable-key',
  temporary: 'temporary-token',
  scoped: 'scoped-key',
} as const;
const KINDS = Object.keys(NAMES) as KeyKind[];
const INVALID =
  '{"error":{"code":"UNAUTHORIZED","message":"Invalid API key","details":{"reason":"key_not_found"}}}';

function ask(kind: KeyKind, token: string): Ask {
  if (kind === 'publishable') return { path: `/?pubtoken=${token}`, headers: { origin: APP } };
  return { headers: { authorization: `Bearer ${token}` } };
}

function registered(keys: ApiKeys<never>): InstanceType<typeof Passport> {
  const passport = new Passport();
  for (const strategy of keys.strategies) passport.use(strategy.name, strategy as never);
  return passport;
}

let test: TestKeys;
beforeAll(async () => {
  test = await createTestKeys();
});

/** Asks a host that authenticates with `middleware` before a handler and error handling. */
function askHost(
  middleware: RequestHandler | Middleware,
  question: Ask,
  ...more: RequestHandler[]
): Promise<Answer> {
  const app = express();
  app.use(middleware as RequestHandler, ...more, whoami as RequestHandler);
  app.use(apiKeyErrors() as ErrorRequestHandler);
  const last: ErrorRequestHandler = (error: Error, _req, res, _next) => {
    res.status(555).send(error.message);
  };
  app.use(last);
  return withServer(app, (port) => send(port, question));
}

describe('a strategy alone', () => {
  const pairs = KINDS.flatMap((strategy) => KINDS.map((kind) => [strategy, kind] as const));

  it.each(pairs)('for %s keys, asked with a %s key, lets only its own in', async (strategy, kind) => {
    const middleware = registered(test.keys).authenticate(NAMES[strategy], {
      session: false,
      failWithError: true,
    });
    const answer = await askHost(middleware as RequestHandler, ask(kind, test.tokens[kind]));
    if (strategy === kind)
      expect(answer).toMatchObject({ status: 200, text: JSON.stringify({ id: test.ids[kind] }) });
    else expect(answer).toMatchObject({ status: 401, text: INVALID });
  });

  it.each(KINDS)('for %s keys says that a key is missing', async (kind) => {
    const middleware = registered(test.keys).authenticate(NAMES[kind], {
      session: false,
      failWithError: true,
    });
    const answer = await askHost(middleware as RequestHandler, {});
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.text).toContain('API key is missing');
  });
});

describe('what Passport hands on', () => {
  it('is the principal as req.user and the key with its scope as req.authInfo', async () => {
    const middleware = stockPassport(test.keys);
    const tell: RequestHandler = (req, res) => {
      res.json({ user: req.user, scope: req.authInfo?.scope, same: req.authInfo?.apiKey === req.apiKey });
    };
    const secret = await askHost(middleware, ask('secret', test.tokens.secret), tell);
    expect(JSON.parse(secret.text)).toEqual({
      user: { type: 'user', id: 'u-1', ownerId: 'acme' },
      scope: '*',
      same: true,
    });
    const scoped = await askHost(middleware, ask('scoped', test.tokens.scoped), tell);
    expect(JSON.parse(scoped.text)).toEqual({
      user: { type: 'key', id: test.ids.scoped, ownerId: 'default' },
      scope: 'models:read',
      same: true,
    });
  });

  it('is taken by a guard from req.authInfo alone', async () => {
    const forget: RequestHandler = (req, _res, next) => {
      delete req.apiKey;
      next();
    };
    const guard = test.keys.requireScope('models:read') as RequestHandler;
    const answer = await askHost(stockPassport(test.keys), ask('scoped', test.tokens.scoped), forget, guard);
    expect(answer.status).toBe(200);
  });
});

describe('the custom callback', () => {
  const callback = (question: Ask) => {
    let seen: unknown[] = [];
    const middleware: RequestHandler = (req, res, next) => {
      const names = test.keys.strategies.map(({ name }) => name);
      const passport = registered(test.keys);
      const told = (...values: unknown[]) => {
        seen = values;
        res.end();
      };
      (passport.authenticate(names, { session: false }, told) as RequestHandler)(req, res, next);
    };
    return askHost(middleware, question).then(() => seen);
  };

  it('gets the principal and the verdict', async () => {
    const [error, user, info] = await callback(ask('scoped', test.tokens.scoped));
    expect(error).toBeNull();
    expect(user).toMatchObject({ type: 'key', id: test.ids.scoped });
    expect(info).toMatchObject({ granted: true });
  });

  it('gets the challenge of a key that is missing, of each strategy', async () => {
    expect(await callback({})).toEqual([null, false, Array(4).fill('Bearer'), Array(4).fill(undefined)]);
  });

  it('gets the status of an origin that is refused', async () => {
    const [error, user, , statuses] = await callback({
      path: `/?pubtoken=${test.tokens.publishable}`,
      headers: { origin: 'https://evil.example' },
    });
    expect([error, user]).toEqual([null, false]);
    expect(statuses).toContain(403);
  });

  it('gets an error where there is no verdict', async () => {
    const [error] = await callback({
      headers: { authorization: `Bearer ${test.tokens.secret}`, 'x-api-key': 'another' },
    });
    expect(error).toBeInstanceOf(ApiKeyError);
    expect(error).toMatchObject({ status: 400, code: 'INVALID_REQUEST' });
  });
});

describe('without failWithError', () => {
  it.each([
    ['a missing key', () => ({}), 401, 'Unauthorized'],
    ['an unknown key', () => ask('secret', test.tokens.unknown), 401, 'Unauthorized'],
    ['an origin', () => ({ path: `/?pubtoken=${test.tokens.publishable}` }), 403, 'Forbidden'],
    ['an address', () => ask('secret', test.tokens.office), 403, 'Forbidden'],
  ])('Passport answers %s in plain text, with the same status', async (_name, question, status, text) => {
    const answer = await askHost(stockPassport(test.keys, { session: false }), question());
    expect(answer).toMatchObject({ status, text });
  });
});

describe('beside strategies of others', () => {
  const withAnonymous = (): RequestHandler => {
    const passport = registered(test.keys);
    passport.use('anonymous', {
      authenticate: function (this: { pass(): void }) {
        this.pass();
      } as never,
    } as never);
    return passport.authenticate(['secret-key', 'scoped-key', 'anonymous'], {
      session: false,
    }) as RequestHandler;
  };
  const guard = (): RequestHandler => test.keys.requireScope('models:read') as RequestHandler;

  it('a request that another strategy lets pass has no key: a guard answers why', async () => {
    expect(await askHost(withAnonymous(), {})).toMatchObject({ status: 200, text: '{"id":null}' });
    const missing = await askHost(withAnonymous(), {}, guard());
    expect(missing.status).toBe(401);
    expect(missing.text).toContain('API key is missing');
    const bad = await askHost(withAnonymous(), ask('secret', test.tokens.revoked), guard());
    expect(bad).toMatchObject({ status: 401, text: INVALID });
  });

  it('reports such a request once', async () => {
    const reasons: string[] = [];
    const listener = ({ reason }: { reason: string }) => reasons.push(reason);
    test.keys.on('denied', listener);
    await askHost(withAnonymous(), ask('secret', test.tokens.revoked), guard());
    await askHost(stockPassport(test.keys), ask('secret', test.tokens.disabled));
    await askHost(stockPassport(test.keys), {});
    test.keys.off('denied', listener);
    expect(reasons).toEqual(['key_revoked', 'key_disabled', 'key_missing']);
  });

  it('apiKeyErrors leaves the refusals of other strategies alone, also behind a good key', async () => {
    const passport = registered(test.keys);
    passport.use('local', {
      authenticate: function (this: { fail(): void }) {
        this.fail();
      } as never,
    } as never);
    const local = passport.authenticate('local', { session: false, failWithError: true }) as RequestHandler;
    const behind = await askHost(stockPassport(test.keys), ask('scoped', test.tokens.scoped), local);
    expect(behind).toMatchObject({ status: 555, text: 'Unauthorized' });
    const alone = await askHost(local, {});
    expect(alone).toMatchObject({ status: 555, text: 'Unauthorized' });
  });

  it('apiKeyErrors answers an ApiKeyError of a host without state, and passes other errors on', async () => {
    const raise =
      (error: unknown): Middleware =>
      (_req, _res, next) =>
        next(error);
    expect(await askHost(raise(new ApiKeyError(invalidKey('key_unknown'))), {})).toMatchObject({
      status: 401,
      text: INVALID,
    });
    expect(await askHost(raise(new Error('other')), {})).toMatchObject({ status: 555, text: 'other' });
  });
});

it('emits verified once, and tells of rotation, as apiKeyAuth does', async () => {
  const { token, key } = await test.keys.create({ kind: 'secret', name: 'To rotate' });
  await test.keys.rotate(key.id);
  const verified: string[] = [];
  const listener = (event: { key: { id: string } }) => verified.push(event.key.id);
  test.keys.on('verified', listener);
  const twice = stockPassport(test.keys) as RequestHandler;
  const answer = await askHost(twice, ask('secret', token), twice);
  test.keys.off('verified', listener);
  expect(verified).toEqual([key.id]);
  expect(answer.headers).toMatchObject({
    deprecation: '@1704110400',
    sunset: 'Tue, 02 Jan 2024 12:00:00 GMT',
  });
});

it('a wrong secret of one key never opens another', async () => {
  const token = graft(test.tokens.scoped, test.tokens.secret);
  expect(await askHost(stockPassport(test.keys), ask('scoped', token))).toMatchObject({
    status: 401,
    text: INVALID,
  });
});

it('a strategy shows nothing of its runtime', () => {
  for (const strategy of test.keys.strategies) {
    expect(Object.keys(strategy)).not.toContain('runtime');
    expect(inspect(strategy, { depth: 10 })).not.toContain('pepper');
  }
  expect(test.keys.strategies.map(({ name }) => name)).toEqual(Object.values(NAMES));
});
