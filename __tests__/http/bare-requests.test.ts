import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { apiKeyAuth, temporaryTokens, type HttpRequest } from '../../lib';
import { compileCarriers } from '../../lib/http/carriers';
import { isCrossSite } from '../../lib/http/cross-site';
import { createExtractCredential } from '../../lib/http/extract-credential';
import { stripQuery } from '../../lib/http/strip-query';
import { createTestKeys, type TestKeys } from './test-keys';

let test: TestKeys;
beforeAll(async () => {
  test = await createTestKeys({ carriers: { scoped: { query: ['api-key'], cookies: ['api-key'] } } });
});

/** A request that no server made: adapters of serverless platforms leave out what they do not know. */
function exchange(
  headers: Record<string, string>,
  more: object = {},
): [HttpRequest, ServerResponse, string[]] {
  const req = Object.assign(
    new IncomingMessage(new Socket()),
    { headers, url: undefined },
    more,
  ) as unknown as HttpRequest;
  const res = new ServerResponse(req);
  const written: string[] = [];
  res.end = (text: unknown) => {
    written.push(String(text));
    return res;
  };
  return [req, res, written];
}

it('a request without a method, a URL and an address is verified', async () => {
  await test.keys.verify(test.tokens.scoped);
  const denied: unknown[] = [];
  test.keys.on('denied', (event) => denied.push(event));
  const [req, res] = exchange({ 'x-api-key': test.tokens.scoped });
  apiKeyAuth(test.keys)(req, res, () => {});
  expect(req.apiKey?.id).toBe(test.ids.scoped);
  apiKeyAuth(test.keys)(
    ...(exchange({ 'x-api-key': 'x' }).slice(0, 2) as [HttpRequest, ServerResponse]),
    () => {},
  );
  expect(denied).toMatchObject([{ method: '', path: '', address: null }]);
});

it('a request without a method is not safe', () => {
  const [req] = exchange({ 'sec-fetch-site': 'cross-site' });
  delete req.method;
  expect(isCrossSite(req, false)).toBe(true);
});

it('a request without a Host belongs to no site', () => {
  const [req] = exchange({ origin: 'https://api.example.com' }, { method: 'POST' });
  expect(isCrossSite(req, false)).toBe(true);
});

it('a request without a URL has nothing to strip', () => {
  const [req] = exchange({});
  expect(stripQuery(req, ['api-key'])).toBe(false);
  expect(createExtractCredential(compileCarriers(), 'refuse')(req, true)).toBeNull();
});

it('a token is minted for a request without an address', async () => {
  const [req, res, written] = exchange(
    { 'x-api-key': test.tokens.secret },
    { method: 'POST', body: { scopes: ['models:read'] } },
  );
  await test.keys.verify(test.tokens.secret);
  const ended = new Promise<void>((resolve) => {
    const end = res.end.bind(res);
    res.end = ((text: string) => {
      end(text);
      resolve();
      return res;
    }) as never;
  });
  temporaryTokens(test.keys)(req, res, () => {});
  await ended;
  expect(written[0]).toContain('"authorization":"Bearer tk_');
});

it.each([
  ['a cookie without a value', 'api-keyx', null],
  ['a cookie whose name has a strange space', '\u00a0api-key=x', ''],
  ['a quoted cookie', 'api-key="x"', '"x"'],
])('%s', (_name, cookie, token) => {
  const extract = createExtractCredential(compileCarriers({ scoped: { cookies: ['api-key'] } }), 'refuse');
  const found = extract({ headers: { cookie } }, false);
  if (token === null) expect(found).toBeNull();
  else expect(found).toMatchObject({ place: 'cookie' });
});

it('where a fact cannot be read there is no verdict: 503, told to the host', async () => {
  await test.keys.verify(test.tokens.office);
  const failures: unknown[] = [];
  test.keys.on('failure', ({ task }) => failures.push(task));
  const [req, res, written] = exchange({ 'x-api-key': test.tokens.office });
  Object.defineProperty(req, 'ip', {
    get: () => {
      if (failures.length > 0) return '192.0.2.1';
      throw new Error('trust proxy is broken');
    },
  });
  const next = jest.fn();
  apiKeyAuth(test.keys)(req, res, next);
  expect(next).not.toHaveBeenCalled();
  expect(res.statusCode).toBe(503);
  expect(written[0]).toContain('"code":"UNAVAILABLE"');
  expect(failures).toEqual(['verification']);
});

it('a rotated key is told so, and when it ends', async () => {
  const { key, token } = await test.keys.create({ kind: 'secret', name: 'Rotated' });
  const { previous } = await test.keys.rotate(key.id);
  await test.keys.verify(token);
  const [req, res] = exchange({ 'x-api-key': token });
  apiKeyAuth(test.keys)(req, res, () => {});
  expect(res.getHeader('deprecation')).toBe('@1704110400');
  expect(res.getHeader('sunset')).toBe(new Date(previous.expiresAt ?? 0).toUTCString());
});
