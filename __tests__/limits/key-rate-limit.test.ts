/** keyRateLimit: which limit holds for whom, what clients are told, and what counts once. */
import connect from 'connect';
import express, { type Express } from 'express';
import { Passport } from 'passport';
import request from 'supertest';
import {
  apiKeyAuth,
  createApiKeys,
  defineScopes,
  memoryStore,
  type HttpRequest,
  type RateLimit,
} from '../../lib';
import { keyRateLimit, type KeyRateLimitOptions } from '../../lib/limits';
import { MINUTE, NOON, ask, limitedApp, statuses, testKeys } from './limited-app';

const RESET = String(NOON / 1000 + 60);
const limitOf = (limit: number): RateLimit => ({ limit, windowSeconds: 60 });

describe('what a client is told', () => {
  it('where it stands, on every answer', async () => {
    const { keys, create } = testKeys();
    const { token } = await create();
    const answer = await ask(limitedApp(keys, { default: MINUTE }), token);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
      'x-ratelimit-reset': RESET,
    });
    expect(answer.headers).not.toHaveProperty('ratelimit');
    expect(answer.headers).not.toHaveProperty('ratelimit-policy');
  });

  it('beyond the limit 429 with the contract, word for word', async () => {
    const { keys, create, clock, limited } = testKeys();
    const { token, key } = await create();
    const app = limitedApp(keys, { default: MINUTE });
    await statuses(app, token, 2);
    clock.now += 1_500;
    const answer = await ask(app, token);
    expect(answer.status).toBe(429);
    expect(answer.text).toBe(
      '{"error":{"code":"RATE_LIMITED","message":"Rate limit exceeded","details":{"limit":2,"reset_at":"2026-11-22T12:01:00Z"}}}',
    );
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'retry-after': '59',
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': RESET,
    });
    expect(limited).toMatchObject([{ key: { id: key.id }, limit: 2, name: 'default', at: clock.now }]);
    expect(limited[0]?.address).toMatch(/127\.0\.0\.1/);
  });

  it('with ietfHeaders the lists of the draft, one item a limit', async () => {
    const { keys, create } = testKeys();
    const { token } = await create({ quota: { limit: 9, period: 'day' } });
    const also = { burst: { limit: 3, windowSeconds: 1 } };
    const app = limitedApp(keys, { default: MINUTE, also, ietfHeaders: true });
    expect((await ask(app, token)).headers).toMatchObject({
      'ratelimit-policy': '"burst";q=3;w=1, "default";q=2;w=60, "quota";q=9;w=86400',
      ratelimit: '"burst";r=2;t=1, "default";r=1;t=60, "quota";r=8;t=43200',
      'x-ratelimit-limit': '2',
    });
  });

  it('in the dialect of the host', async () => {
    const { keys, create } = testKeys({
      formatError: ({ code, details }, status) => ({
        body: { title: code, status, ...details },
        contentType: 'application/problem+json',
      }),
    });
    const { token } = await create();
    const app = limitedApp(keys, { default: limitOf(1) });
    await ask(app, token);
    const answer = await ask(app, token);
    expect(answer.status).toBe(429);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/problem+json', 'retry-after': '60' });
    expect(JSON.parse(answer.text)).toEqual({
      title: 'RATE_LIMITED',
      status: 429,
      limit: 1,
      reset_at: '2026-11-22T12:01:00Z',
    });
  });

  it('in a page too, where its publishable key came from an origin of its own', async () => {
    const keys = createApiKeys({
      store: memoryStore(),
      scopes: defineScopes({ resources: { models: { actions: ['read'], publishable: ['read'] } } }),
      pepper: 'a pepper of more than thirty-two characters',
    });
    const { token } = await keys.create({
      kind: 'publishable',
      name: 'Page',
      scopes: ['models:read'],
      origins: ['https://app.example.com'],
    });
    const app = limitedApp(keys, { kinds: { publishable: limitOf(1) } });
    const page = () => ask(app, undefined, { Origin: 'https://app.example.com' }, `/?pubtoken=${token}`);
    for (const status of [200, 429]) {
      const answer = await page();
      expect(answer.status).toBe(status);
      expect(answer.headers['access-control-allow-origin']).toBe('https://app.example.com');
      expect(answer.headers['access-control-expose-headers']).toContain('X-RateLimit-Remaining');
    }
  });
});

describe('the limit of a key', () => {
  const scopes = defineScopes({
    resources: { models: { actions: ['read'], publishable: ['read'] } },
    levels: { admin: ['*'], standard: ['models:read'] },
  });
  const options: KeyRateLimitOptions = {
    default: limitOf(10),
    kinds: { scoped: limitOf(20), publishable: null },
    levels: { admin: limitOf(30), standard: null },
  };
  const base = { name: 'Key', scopes: ['models:read'] } as const;

  it.each([
    ['the default', { ...base, kind: 'secret' }, '10'],
    ['that of its kind', { ...base, kind: 'scoped' }, '20'],
    ['that of its level, before its kind', { ...base, kind: 'scoped', level: 'admin' }, '30'],
    ['none, where its level has none', { ...base, kind: 'scoped', level: 'standard' }, undefined],
    ['its own before all', { ...base, kind: 'scoped', level: 'admin', rateLimit: limitOf(40) }, '40'],
    [
      'its own, whatever its level',
      { ...base, kind: 'secret', level: 'standard', rateLimit: limitOf(5) },
      '5',
    ],
  ] as const)('is %s', async (_which, input, limit) => {
    const keys = createApiKeys({
      store: memoryStore(),
      scopes,
      pepper: 'a pepper of more than thirty-two characters',
    });
    const { token } = await keys.create(input);
    const answer = await ask(limitedApp(keys, options), token);
    expect(answer.status).toBe(200);
    expect(answer.headers['x-ratelimit-limit']).toBe(limit);
  });

  it('is followed when it changes, without a new window', async () => {
    const { keys, create } = testKeys();
    const { token, key } = await create({ rateLimit: limitOf(2) });
    const app = limitedApp(keys, {});
    expect(await statuses(app, token, 3)).toEqual([200, 200, 429]);
    await keys.update(key.id, { rateLimit: limitOf(3) });
    expect(await statuses(app, token, 2)).toEqual([200, 429]);
  });

  it('without options is its own alone', async () => {
    const { keys, create } = testKeys();
    const app = express();
    app.use(apiKeyAuth(keys), keyRateLimit(keys), (_req, res) => void res.json({}));
    expect(await statuses(app, (await create()).token, 3)).toEqual([200, 200, 200]);
    expect(await statuses(app, (await create({ rateLimit: limitOf(1) })).token, 2)).toEqual([200, 429]);
  });

  it('is for each key by itself', async () => {
    const { keys, create } = testKeys();
    const app = limitedApp(keys, { default: MINUTE });
    const [a, b] = [await create(), await create()];
    expect(await statuses(app, a.token, 3)).toEqual([200, 200, 429]);
    expect(await statuses(app, b.token, 3)).toEqual([200, 200, 429]);
  });
});

describe('a key in exchange for another', () => {
  it('counts on its parent when it is temporary, with the parent’s limit and quota', async () => {
    const { keys, create } = testKeys();
    const { token } = await create({
      rateLimit: limitOf(3),
      quota: { limit: 100, period: 'month' },
    });
    const verdict = await keys.verify(token);
    if (!verdict.granted) throw new Error('the parent must be good');
    const mint = () => keys.mintTemporary(verdict.key, { scopes: ['models:read'] });
    const [first, second] = [await mint(), await mint()];
    const app = limitedApp(keys, { default: limitOf(1000) });
    expect((await ask(app, first.token)).headers['x-ratelimit-limit']).toBe('3');
    expect((await ask(app, second.token)).status).toBe(200);
    expect((await ask(app, token)).headers['x-ratelimit-remaining']).toBe('0');
    expect((await ask(app, first.token)).status).toBe(429);
    const temporary = await keys.verify(first.token);
    expect(temporary.granted && [temporary.key.rateLimit, temporary.key.quota]).toEqual([
      limitOf(3),
      { limit: 100, period: 'month' },
    ]);
  });

  it('counts on its successor when it is rotated', async () => {
    const { keys, create } = testKeys();
    const { token, key } = await create({ rateLimit: limitOf(2) });
    const rotated = await keys.rotate(key.id);
    const app = limitedApp(keys, {});
    expect([await statuses(app, token, 1), await statuses(app, rotated.token, 2)]).toEqual([
      [200],
      [200, 429],
    ]);
    expect(await statuses(app, token, 1)).toEqual([429]);
  });
});

describe('a quota', () => {
  it.each([
    ['day', '2026-11-23T00:00:00Z'],
    ['month', '2026-12-01T00:00:00Z'],
  ] as const)('of a %s lets its number pass, and says when it ends', async (period, end) => {
    const { keys, create, clock, limited } = testKeys();
    const { token } = await create({ quota: { limit: 10, period } });
    const app = limitedApp(keys, { default: limitOf(1000), ietfHeaders: true });
    await ask(app, token);
    const all = await Promise.all(Array.from({ length: 49 }, () => ask(app, token)));
    expect(all.filter(({ status }) => status === 200)).toHaveLength(9);
    const refused = await ask(app, token);
    expect(refused.body).toEqual({
      error: {
        code: 'RATE_LIMITED',
        message: 'Rate limit exceeded',
        details: { limit: 10, reset_at: end },
      },
    });
    expect(refused.headers['retry-after']).toBe(String((Date.parse(end) - NOON) / 1000));
    expect(refused.headers['x-ratelimit-reset']).toBe(String(Date.parse(end) / 1000));
    expect(limited.at(-1)?.name).toBe('quota');
    // What the quota refused cost nothing under the other limit.
    expect(refused.headers.ratelimit).toContain('"default";r=990;');
    clock.now = Date.parse(end);
    expect(await statuses(app, token, 1)).toEqual([200]);
  });
});

describe('what a request costs', () => {
  it.each([
    ['a number', 5, [200, 200, 429]],
    ['nothing', 0, [200, 200, 200]],
    [
      'what the function says of the request',
      (req: HttpRequest) => (req.url === '/' ? 10 : 1),
      [200, 429, 429],
    ],
  ] as const)('%s', async (_what, cost, expected) => {
    const { keys, create } = testKeys();
    const app = limitedApp(keys, { default: limitOf(10), cost });
    expect(await statuses(app, (await create()).token, 3)).toEqual(expected);
  });

  it.each([
    ['half a request', () => 0.5],
    ['less than nothing', () => -1],
    ['no number', () => Number.NaN],
    [
      'an error',
      () => {
        throw new Error('no idea');
      },
    ],
  ])('%s is a mistake of the host: 500, and one line says so', async (_what, cost) => {
    const { keys, create, lines } = testKeys();
    const app = limitedApp(keys, { default: MINUTE, cost });
    expect(await statuses(app, (await create()).token, 2)).toEqual([500, 500]);
    expect(lines).toEqual(['keyRateLimit on GET /: options.cost did not answer a whole number from 0.']);
  });
});

describe('callers without a key', () => {
  const open = { required: false } as const;

  it('count by address, apart from keys', async () => {
    const { keys, create, limited } = testKeys();
    const app = limitedApp(keys, { default: MINUTE, anonymous: limitOf(1) }, open);
    expect(await statuses(app, undefined, 2)).toEqual([200, 429]);
    expect(await statuses(app, (await create()).token, 3)).toEqual([200, 200, 429]);
    expect(limited.map(({ key }) => key?.name ?? null)).toEqual([null, 'Key 1']);
  });

  it.each([
    ['the default limit', { default: limitOf(1) }, [200, 429]],
    ['none where the host says so', { default: limitOf(1), anonymous: null }, [200, 200]],
  ])('have %s', async (_what, options, expected) => {
    const { keys } = testKeys();
    expect(await statuses(limitedApp(keys, options, open), undefined, 2)).toEqual(expected);
  });

  it.each([
    ['the proxy’s word where the host trusts it', true, ['192.0.2.1', '192.0.2.2'], [200, 200]],
    ['nobody’s word where it does not', false, ['192.0.2.1', '192.0.2.2'], [200, 429]],
    ['a mapped address as the IPv4 that it is', true, ['192.0.2.1', '::ffff:192.0.2.1'], [200, 429]],
    ['a network of IPv6 as one caller', true, ['2001:db8::1', '2001:db8:0:ff::2'], [200, 429]],
    ['another network as another', true, ['2001:db8::1', '2001:db8:0:100::1'], [200, 200]],
  ])('are told apart by %s', async (_what, trust, addresses, expected) => {
    const { keys } = testKeys();
    const app = limitedApp(keys, { default: limitOf(1) }, open);
    app.set('trust proxy', trust);
    const all = [];
    for (const address of addresses) {
      all.push((await ask(app, undefined, { 'X-Forwarded-For': address })).status);
    }
    expect(all).toEqual(expected);
  });

  it('are not counted for a preflight', async () => {
    const { keys } = testKeys();
    const app = limitedApp(keys, { default: limitOf(1) }, open);
    for (let i = 0; i < 3; i += 1) {
      const preflight = request(app).options('/').set({
        Origin: 'https://app.example.com',
        'Access-Control-Request-Method': 'GET',
      });
      expect((await preflight).headers).not.toHaveProperty('x-ratelimit-limit');
    }
    expect(await statuses(app, undefined, 1)).toEqual([200]);
  });
});

describe('a request counts once', () => {
  async function headersOf(build: (app: Express, keys: ReturnType<typeof testKeys>['keys']) => void) {
    const { keys, create } = testKeys();
    const app = express();
    build(app, keys);
    app.use((_req, res) => void res.json({}));
    return (await ask(app, (await create()).token)).headers;
  }

  it('where guard and limiter are mounted twice', async () => {
    const headers = await headersOf((app, keys) => {
      const limiter = keyRateLimit(keys, { default: limitOf(10), ietfHeaders: true });
      app.use(apiKeyAuth(keys), limiter, keys.requireScope('models:read'));
      app.use(apiKeyAuth(keys), limiter, keys.requireScope('models:read'));
    });
    expect(headers).toMatchObject({ 'x-ratelimit-remaining': '9', ratelimit: '"default";r=9;t=60' });
  });

  it('where two limiters say the same', async () => {
    const headers = await headersOf((app, keys) => {
      app.use(apiKeyAuth(keys), keyRateLimit(keys, { default: limitOf(10) }));
      app.use(keyRateLimit(keys, { default: limitOf(10) }));
    });
    expect(headers['x-ratelimit-remaining']).toBe('9');
  });

  it('at the higher cost', async () => {
    const headers = await headersOf((app, keys) => {
      app.use(apiKeyAuth(keys), keyRateLimit(keys, { default: limitOf(10) }));
      app.use(keyRateLimit(keys, { default: limitOf(10), cost: 4 }));
      app.use(keyRateLimit(keys, { default: limitOf(10), cost: 2 }));
    });
    expect(headers['x-ratelimit-remaining']).toBe('6');
  });

  it.each([
    ['the tighter one first', 3, 10],
    ['the tighter one last', 10, 3],
  ])('for each name, and the headers tell the tighter one: %s', async (_order, general, search) => {
    const headers = await headersOf((app, keys) => {
      app.use(apiKeyAuth(keys), keyRateLimit(keys, { default: limitOf(general), ietfHeaders: true }));
      const also = { burst: { limit: 50, windowSeconds: 1 } };
      app.use(keyRateLimit(keys, { name: 'search', default: limitOf(search), also, ietfHeaders: true }));
    });
    expect(headers).toMatchObject({
      'x-ratelimit-limit': '3',
      'ratelimit-policy': `"default";q=${String(general)};w=60, "search.burst";q=50;w=1, "search";q=${String(search)};w=60`,
    });
  });

  it('under a named limit, whatever limit and quota the key has of its own', async () => {
    const { keys, create } = testKeys();
    const { token } = await create({ rateLimit: limitOf(100), quota: { limit: 1, period: 'day' } });
    expect(await statuses(limitedApp(keys, { name: 'search', default: MINUTE }), token, 3)).toEqual([
      200, 200, 429,
    ]);
  });
});

describe('in other hosts', () => {
  it('limits under Connect', async () => {
    const { keys, create } = testKeys();
    const app = connect();
    app.use(apiKeyAuth(keys));
    app.use(keyRateLimit(keys, { default: limitOf(1) }));
    app.use((_req, res) => {
      res.end('{}');
    });
    const { token } = await create();
    const call = () => request(app).get('/').set('X-API-Key', token);
    expect([(await call()).status, (await call()).status]).toEqual([200, 429]);
  });

  it('limits under stock Passport', async () => {
    const { keys, create } = testKeys();
    const passport = new Passport();
    const names = keys.strategies.map((strategy) => {
      passport.use(strategy.name, strategy as never);
      return strategy.name;
    });
    const app = express();
    app.use(passport.authenticate(names, { session: false }), keyRateLimit(keys, { default: limitOf(1) }));
    app.use((_req, res) => void res.json({}));
    expect(await statuses(app, (await create()).token, 2)).toEqual([200, 429]);
  });

  it('answers 500 where no authentication ran before it, and says the fix once', async () => {
    const { keys, lines } = testKeys();
    const app = express();
    app.use(keyRateLimit(keys, { default: MINUTE }));
    expect(await statuses(app, undefined, 2)).toEqual([500, 500]);
    expect(lines).toEqual([
      'keyRateLimit on GET /: no authentication ran before it. Put app.use(apiKeyAuth(keys)) before it.',
    ]);
  });

  it('answers 500 for a key of another createApiKeys()', async () => {
    const [own, other] = [testKeys(), testKeys()];
    const app = express();
    app.use(apiKeyAuth(own.keys), keyRateLimit(other.keys, { default: MINUTE }));
    expect(await statuses(app, (await own.create()).token, 1)).toEqual([500]);
    expect(other.lines).toHaveLength(1);
  });
});
