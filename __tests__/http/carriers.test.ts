import fc from 'fast-check';
import { apiKeyAuth, createApiKeys, memoryStore, type CarrierOptions } from '../../lib';
import { compileCarriers } from '../../lib/http/carriers';
import { createExtractCredential } from '../../lib/http/extract-credential';
import { PLAIN, behind, mount, whoami } from './frameworks';
import { APP, createTestKeys, type TestKeys } from './test-keys';
import { rawGet, readRaw, send, sendRaw, withServer, type Ask } from './wire';

type Kind = keyof TestKeys['ids'];
type Options = Parameters<typeof createTestKeys>[0];

const header =
  (name: string, scheme = '') =>
  (token: string): Ask => ({ headers: { [name]: scheme + token } });
const query =
  (name: string) =>
  (token: string): Ask => ({ path: `/?${name}=${token}`, headers: { origin: APP } });

const ALL: CarrierOptions = {
  secret: { schemes: ['Bearer', 'AL-Secret-Token'], headers: ['X-API-Key', 'X-Secret-Key'] },
  publishable: { query: ['pubtoken'], headers: ['X-Publishable-Key'] },
  temporary: { headers: ['X-Temporary'], upgradeQuery: ['token'] },
  scoped: { query: ['api-key'], cookies: ['api-key'] },
};

/** Asks an API whose keys have these options, and says whose key came: `null` for a refusal. */
async function whose(options: Options, kind: Kind, ask: (token: string) => Ask): Promise<Kind | number> {
  const test = await createTestKeys(options);
  const question = ask(test.tokens[kind]);
  const answer = await withServer(behind(apiKeyAuth(test.keys)), (port) =>
    send(port, {
      ...question,
      headers: { ...question.headers, ...(kind === 'publishable' ? { origin: APP } : {}) },
    }),
  );
  return answer.text === JSON.stringify({ id: test.ids[kind] }) ? kind : answer.status;
}

describe('carriers that are on by default', () => {
  it.each<[Kind, string, (token: string) => Ask]>([
    ['secret', 'Authorization: Bearer', header('Authorization', 'Bearer ')],
    ['secret', 'X-API-Key', header('X-API-Key')],
    ['temporary', 'Authorization: Bearer', header('Authorization', 'Bearer ')],
    ['publishable', '?pubtoken', query('pubtoken')],
    ['scoped', 'X-API-Key', header('x-api-key')],
    ['scoped', 'Authorization: Bearer', header('Authorization', 'Bearer ')],
    ['scoped', 'Authorization: apikey', header('Authorization', 'apikey ')],
  ])('%s: %s', async (kind, _name, ask) => {
    expect(await whose({}, kind, ask)).toBe(kind);
  });
});

describe('carriers that are off until switched on', () => {
  it.each<[Kind, string, (token: string) => Ask]>([
    ['secret', 'Authorization: AL-Secret-Token', header('Authorization', 'AL-Secret-Token ')],
    ['secret', 'X-Secret-Key', header('X-Secret-Key')],
    ['publishable', 'X-Publishable-Key', header('X-Publishable-Key')],
    ['temporary', 'X-Temporary', header('X-Temporary')],
    ['scoped', '?api-key', query('api-key')],
    ['scoped', 'Cookie: api-key', header('Cookie', 'theme=dark; api-key=')],
  ])('%s: %s', async (kind, _name, ask) => {
    expect(await whose({}, kind, ask)).toBe(401);
    expect(await whose({ carriers: ALL }, kind, ask)).toBe(kind);
  });

  it('an empty list switches a default off', async () => {
    const carriers = { secret: { headers: [] }, scoped: { headers: [], schemes: ['Bearer'] } };
    expect(await whose({ carriers }, 'secret', header('X-API-Key'))).toBe(401);
    expect(await whose({ carriers }, 'scoped', header('Authorization', 'apikey '))).toBe(401);
    expect(await whose({ carriers }, 'secret', header('Authorization', 'Bearer '))).toBe('secret');
  });

  it('without a parameter no query is read', async () => {
    const carriers = { publishable: { query: [], headers: ['X-Publishable-Key'] } };
    expect(await whose({ carriers }, 'publishable', query('pubtoken'))).toBe(401);
    expect(await whose({ carriers }, 'publishable', header('X-Publishable-Key'))).toBe('publishable');
  });

  it('the query of an upgrade is not read on other requests', async () => {
    expect(await whose({ carriers: ALL }, 'temporary', query('token'))).toBe(401);
  });
});

describe('spelling', () => {
  it.each<[string, Kind | number, Kind, (token: string) => Ask]>([
    ['BEARER', 'secret', 'secret', header('AUTHORIZATION', 'BEARER ')],
    ['bearer', 'secret', 'secret', header('authorization', 'bearer ')],
    ['ApiKey', 'scoped', 'scoped', header('authorization', 'ApiKey ')],
    ['several spaces behind the scheme', 'secret', 'secret', header('authorization', 'Bearer    ')],
    ['a tab behind the scheme', 401, 'secret', header('authorization', 'Bearer\t')],
    ['no space behind the scheme', 401, 'secret', header('authorization', 'Bearer')],
    ['x-Api-kEy', 'secret', 'secret', header('x-Api-kEy')],
    ['PUBTOKEN', 401, 'publishable', query('PUBTOKEN')],
    ['Pubtoken', 401, 'publishable', query('Pubtoken')],
    ['a percent-encoded name', 'publishable', 'publishable', query('%70ubtoken')],
    ['another parameter before it', 'publishable', 'publishable', query('a=%26pubtoken&pubtoken')],
    ['the name as the value of another', 401, 'publishable', query('a=pubtoken&b')],
    ['an array of PHP', 401, 'publishable', query('pubtoken[]')],
    ['API-KEY in the query', 401, 'scoped', query('API-KEY')],
    ['API-KEY in a cookie', 401, 'scoped', header('cookie', 'API-KEY=')],
    [
      'a cookie without a value',
      401,
      'scoped',
      (token) => ({ headers: { cookie: `api-key; other=${token}` } }),
    ],
  ])('%s: %s', async (_name, expected, kind, ask) => {
    expect(await whose({ carriers: ALL }, kind, ask)).toBe(expected);
  });
});

describe('more than one credential', () => {
  let test: TestKeys;
  let first: TestKeys;
  beforeAll(async () => {
    test = await createTestKeys({ carriers: ALL });
    first = await createTestKeys({ carriers: ALL, onMultiple: 'first' });
  });

  async function raw({ keys }: TestKeys, path: string, lines: readonly string[]) {
    return readRaw(await withServer(behind(apiKeyAuth(keys)), (port) => sendRaw(port, rawGet(path, lines))));
  }
  type Tokens = TestKeys['tokens'];

  const rows: [string, (t: Tokens) => string, (t: Tokens) => string[]][] = [
    ['one header in two lines', () => '/', (t) => [`X-API-Key: ${t.secret}`, `X-API-Key: ${t.secret}`]],
    [
      'one header in two lines of other case',
      () => '/',
      (t) => [`X-API-Key: ${t.secret}`, `x-api-KEY: ${t.scoped}`],
    ],
    ['an empty line beside it', () => '/', (t) => ['X-API-Key:', `X-API-Key: ${t.secret}`]],
    [
      'Authorization in two lines',
      () => '/',
      (t) => [`Authorization: Bearer ${t.secret}`, 'Authorization: Basic x'],
    ],
    [
      'Authorization in two lines, the other way',
      () => '/',
      (t) => ['Authorization: Basic x', `Authorization: Bearer ${t.secret}`],
    ],
    ['one parameter twice', (t) => `/?api-key=${t.scoped}&api-key=${t.scoped}`, () => []],
    ['one parameter twice, once encoded', (t) => `/?api-key=${t.scoped}&api%2Dkey=${t.scoped}`, () => []],
    ['one parameter twice, once empty', (t) => `/?api-key=${t.scoped}&api-key`, () => []],
    ['one cookie twice', () => '/', (t) => [`Cookie: api-key=${t.scoped}; api-key=x`]],
    ['one cookie twice in two lines', () => '/', (t) => [`Cookie: api-key=${t.scoped}`, 'Cookie: api-key=x']],
  ];
  it.each(rows)('%s is refused, with precedence too', async (_name, path, lines) => {
    for (const keys of [test, first]) {
      const { status, body } = await raw(keys, path(keys.tokens), lines(keys.tokens));
      expect(status).toBe(400);
      expect(body).toContain('"reason":"multiple_credentials"');
    }
  });

  const HEADER = (token: string): [string, string[]] => ['', [`X-API-Key: ${token}`]];
  const QUERY = (token: string): [string, string[]] => [`?api-key=${token}`, []];
  const COOKIE = (token: string): [string, string[]] => ['', [`Cookie: api-key=${token}`]];
  const BEARER = (token: string): [string, string[]] => ['', [`Authorization: Bearer ${token}`]];
  const pairs = [
    ['header', 'query', HEADER, QUERY],
    ['header', 'cookie', HEADER, COOKIE],
    ['header', 'bearer', HEADER, BEARER],
    ['query', 'cookie', QUERY, COOKIE],
    ['query', 'bearer', QUERY, BEARER],
    ['cookie', 'bearer', COOKIE, BEARER],
  ] as const;

  it.each(pairs)('%s and %s: refused, or the first decides alone', async (_one, _two, before, behind) => {
    const both = async (keys: TestKeys, one: string, two: string) => {
      const [pathOne, linesOne] = before(one);
      const [pathTwo, linesTwo] = behind(two);
      return raw(keys, `/${pathOne}${pathTwo}`, [...linesTwo, ...linesOne]);
    };
    expect((await both(test, test.tokens.scoped, test.tokens.scoped)).status).toBe(400);
    const good = await both(first, first.tokens.scoped, 'bad');
    expect(good).toMatchObject({ status: 200, body: JSON.stringify({ id: first.ids.scoped }) });
    const bad = await both(first, 'bad', first.tokens.scoped);
    expect(bad.status).toBe(401);
    expect(bad.body).toContain('"reason":"key_not_found"');
  });

  it('two headers that carry keys are two credentials', async () => {
    const lines = [`X-API-Key: ${test.tokens.secret}`, `X-Secret-Key: ${test.tokens.secret}`];
    expect((await raw(test, '/', lines)).status).toBe(400);
  });

  it('a key beside Basic credentials is one credential', async () => {
    const lines = [`X-API-Key: ${test.tokens.secret}`, 'Authorization: Basic dTpw'];
    expect((await raw(test, '/', lines)).status).toBe(200);
  });

  it('a parameter that two kinds share is one credential, on an upgrade too', () => {
    const carriers = compileCarriers({
      publishable: { query: ['token'] },
      temporary: { upgradeQuery: ['token'] },
    });
    const found = createExtractCredential(carriers, 'refuse')({ headers: {}, url: '/?token=x' }, true);
    expect(found).toMatchObject({ place: 'query', kinds: 2 | 4 });
  });

  it('platforms that join header lines, and give no raw ones, are read by what they give', () => {
    const extract = createExtractCredential(compileCarriers(), 'refuse');
    expect(extract({ headers: { 'x-api-key': 'a' } }, false)).toMatchObject({ token: 'a', place: 'header' });
    expect(typeof extract({ headers: { 'x-api-key': ['a', 'b'] } }, false)).toBe('symbol');
    expect(extract({ headers: {} }, false)).toBeNull();
  });

  it('no header makes extraction throw', () => {
    const extract = createExtractCredential(compileCarriers(ALL), 'refuse');
    const names = fc.constantFrom('authorization', 'x-api-key', 'cookie', '__proto__', 'constructor');
    const headers = fc.dictionary(names, fc.string({ unit: 'binary' }), { noNullPrototype: false });
    fc.assert(
      fc.property(headers, fc.string({ unit: 'binary' }), fc.boolean(), (given, url, upgrade) => {
        extract({ headers: given, rawHeaders: Object.entries(given).flat(), url }, upgrade);
      }),
    );
  });
});

describe('secrets in a URL', () => {
  it.each(PLAIN)('are gone before a handler or a logger sees them in $name', async ({ app: create }) => {
    const { keys, tokens } = await createTestKeys({ carriers: ALL });
    const app = create();
    mount(app, '/mounted', apiKeyAuth(keys), (request, res) => {
      const req = request as typeof request & { originalUrl: string; query?: unknown };
      res.end(JSON.stringify([req.url, req.originalUrl, req.query]));
    });
    app.use((req, _res, next) => {
      // What reads the query first leaves a memo behind.
      Reflect.get(req, 'query');
      next();
    });
    app.use(apiKeyAuth(keys, { required: false }));
    app.use((request, res) => {
      const req = request as typeof request & { originalUrl: string; query?: unknown };
      res.end(JSON.stringify([req.url, req.originalUrl, req.query]));
    });

    await withServer(app, async (port) => {
      const mounted = await send(port, { path: `/mounted?api-key=${tokens.scoped}` });
      const [url, original, parsed] = JSON.parse(mounted.text) as [string, string, object | null];
      expect([url, original, parsed ?? {}]).toEqual(['/', '/mounted', {}]);
      expect(mounted.headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'private' });

      const path = `/x/y?a=%20&api%2Dkey=${tokens.scoped}&b[]=1&c`;
      const plain = await send(port, { path });
      const [url2, original2, parsed2] = JSON.parse(plain.text) as [string, string, object | null];
      expect([url2, original2]).toEqual(['/x/y?a=%20&b[]=1&c', '/x/y?a=%20&b[]=1&c']);
      expect(JSON.stringify(parsed2 ?? {})).not.toContain(tokens.scoped);
      if (parsed2 !== null) expect(parsed2).toMatchObject({ a: ' ' });

      const refused = await send(port, { path: `/x?api-key=${tokens.scoped}&api-key=2` });
      expect(refused.status).toBe(400);
      expect(refused.headers).toMatchObject({
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });

      // Behind a second question mark the name is another one: no carrier, and so nothing that slips through.
      const doubled = await send(port, { path: `/x??api-key=${tokens.scoped}` });
      expect(doubled.headers).not.toHaveProperty('referrer-policy');
      const direct = await send(port, { path: `/mounted??api-key=${tokens.scoped}` });
      expect(direct.status).toBe(401);

      const without = await send(port, { path: '/x?a=1' });
      expect(without.headers).not.toHaveProperty('referrer-policy');
      const start = await send(port, { path: '/x?a=1&?api-key=1' });
      expect((JSON.parse(start.text) as string[])[0]).toBe('/x?a=1&?api-key=1');
    });
  });

  it('are gone from req.originalUrl although a host rewrote req.url', async () => {
    const { keys, tokens } = await createTestKeys({ carriers: ALL });
    const auth = apiKeyAuth(keys, { required: false });
    const seen: unknown[] = [];
    await withServer(
      (request, res) => {
        const req = request as typeof request & { originalUrl?: string };
        req.originalUrl = req.url ?? '';
        req.url = '/rewritten';
        auth(req, res, () => {
          seen.push(req.url, req.originalUrl);
          res.end();
        });
      },
      (port) => send(port, { path: `/a?api-key=${tokens.scoped}` }),
    );
    expect(seen).toEqual(['/rewritten', '/a']);
  });

  it('a publishable key, which is public, stays', async () => {
    const { keys, tokens } = await createTestKeys({ carriers: ALL });
    const auth = apiKeyAuth(keys);
    const answer = await withServer(
      (req, res) => auth(req, res, () => res.end(req.url)),
      (port) => send(port, { path: `/?pubtoken=${tokens.publishable}`, headers: { origin: APP } }),
    );
    expect(answer.text).toBe(`/?pubtoken=${tokens.publishable}`);
    expect(answer.headers).not.toHaveProperty('referrer-policy');
  });
});

describe('a key in a cookie', () => {
  let test: TestKeys;
  beforeAll(async () => {
    test = await createTestKeys({ carriers: ALL });
  });

  const SITE = 'sec-fetch-site';
  it.each<[number, string, string, Record<string, string>]>([
    [200, 'GET', 'cross-site', { [SITE]: 'cross-site' }],
    [200, 'HEAD', 'cross-site', { [SITE]: 'cross-site' }],
    [200, 'OPTIONS', 'cross-site', { [SITE]: 'cross-site' }],
    [403, 'POST', 'cross-site', { [SITE]: 'cross-site' }],
    [403, 'PUT', 'cross-site', { [SITE]: 'cross-site' }],
    [403, 'PATCH', 'cross-site', { [SITE]: 'cross-site' }],
    [403, 'DELETE', 'cross-site', { [SITE]: 'cross-site' }],
    [403, 'POST', 'a site that says two things', { [SITE]: 'same-origin, cross-site' }],
    [403, 'POST', 'a site that says nothing', { [SITE]: '' }],
    [200, 'POST', 'same-origin', { [SITE]: 'same-origin' }],
    [200, 'POST', 'same-site', { [SITE]: 'same-site' }],
    [200, 'POST', 'typed by the user', { [SITE]: 'none' }],
    [
      200,
      'POST',
      'same-origin, whatever Origin says',
      { [SITE]: 'same-origin', origin: 'https://evil.example' },
    ],
    [
      403,
      'POST',
      'cross-site, whatever Origin says',
      { [SITE]: 'cross-site', origin: 'https://api.example.com' },
    ],
    [200, 'POST', 'neither header: no browser', {}],
    [200, 'POST', 'Origin of the host itself', { origin: 'https://api.example.com' }],
    [200, 'POST', 'Origin of the host on another port', { origin: 'https://api.example.com:8443' }],
    [403, 'POST', 'Origin of another host', { origin: 'https://evil.example' }],
    [403, 'POST', 'Origin that begins like the host', { origin: 'https://api.example.com.evil.example' }],
    [403, 'POST', 'Origin null', { origin: 'null' }],
    [403, 'POST', 'Origin that is no origin', { origin: 'api.example.com' }],
  ])('%s for %s, %s', async (status, method, _name, headers) => {
    for (const { app: create } of PLAIN) {
      const app = create();
      mount(app, '/', apiKeyAuth(test.keys), whoami);
      const cookie = `api-key=${test.tokens.scoped}`;
      const answer = await withServer(app, (port) =>
        send(port, { method, headers: { host: 'API.example.com:3000', cookie, ...headers } }),
      );
      expect(answer.status).toBe(status);
      if (status === 403) {
        expect(answer.text).toBe(
          '{"error":{"code":"FORBIDDEN","message":"Cross-site request not allowed","details":{"reason":"cross_site"}}}',
        );
      }
    }
  });

  it('the rule binds cookies alone', async () => {
    const answer = await withServer(
      (req, res) => apiKeyAuth(test.keys)(req, res, () => res.end()),
      (port) =>
        send(port, { method: 'POST', headers: { 'x-api-key': test.tokens.scoped, [SITE]: 'cross-site' } }),
    );
    expect(answer.status).toBe(200);
  });
});

describe('options', () => {
  const create = (carriers: unknown) => () =>
    createApiKeys({ store: memoryStore(), carriers: carriers as CarrierOptions });

  it.each<[string, unknown, string]>([
    ['a secret key in a query', { secret: { query: ['key'] } }, 'keys in a query end up in logs'],
    ['a temporary token in a query', { temporary: { query: ['key'] } }, 'keys in a query end up in logs'],
    ['a secret key in a cookie', { secret: { cookies: ['key'] } }, 'only scoped keys may ride in a cookie'],
    ['a secret key on upgrades', { secret: { upgradeQuery: ['key'] } }, 'only temporary tokens may ride'],
    [
      'a publishable key in Authorization',
      { publishable: { schemes: ['Bearer'] } },
      'a publishable key is sent by pages',
    ],
    [
      'an unknown place',
      { secret: { trailers: ['key'] } },
      'secret keys have no such carrier. Known: schemes, headers.',
    ],
    ['an inherited name', { secret: { toString: ['key'] } }, 'secret keys have no such carrier. Known'],
    ['an unknown kind', { sercet: {} }, 'options.carriers.sercet: is not an option'],
    ['a kind that is no object', { secret: ['X-Key'] }, 'must be an object such as'],
    ['a kind that is null', { secret: null }, 'must be an object such as'],
    [
      'a list that is none',
      { secret: { headers: 'X-Key' } },
      'must be an array of names such as "X-API-Key"; received "X-Key"',
    ],
    ['a name that is none', { secret: { headers: ['X Key'] } }, 'must be an array of names'],
    ['a name that is no string', { scoped: { query: [1] } }, 'must be an array of names such as "api-key"'],
    [
      'a scheme that is none',
      { secret: { schemes: ['Bearer '] } },
      'must be an array of names such as "Bearer"',
    ],
    ['a header with a meaning', { secret: { headers: ['authorization'] } }, 'must not hold "authorization"'],
    ['the header of pages', { publishable: { headers: ['Origin'] } }, 'must not hold "Origin"'],
  ])('%s is refused at creation', (_name, carriers, message) => {
    expect(create(carriers)).toThrow(message);
  });

  it('an unknown kind is refused by itself too', () => {
    expect(() => compileCarriers({ sercet: {} } as never)).toThrow('carriers.sercet: is not a kind of key');
  });

  it('undefined means the default', () => {
    const options = { secret: undefined, scoped: { headers: undefined } } as never;
    expect(compileCarriers(options)).toEqual(compileCarriers());
  });
});
