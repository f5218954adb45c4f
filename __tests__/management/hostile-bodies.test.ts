/** Hostile bodies and parameters: each is refused with a sentence that names the field, and nothing is stored. */
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import request from 'supertest';
import { managementRouter } from '../../lib/management';
import { createApi, dump, type Api } from './support';

let api: Api;
let admin: string;
let target: string;

beforeAll(async () => {
  api = createApi({ maxRateLimit: { limit: 10_000, windowSeconds: 3_600 } });
  ({ token: admin } = await api.issue());
  ({ id: target } = await api.issue({ scopes: ['models:read'] }));
});

const NESTED = `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`;
const GOOD = '"name":"x","permissions":["models:read"]';

/** A body as text, the field that the answer names, and words of its sentence. */
type Row = readonly [name: string, body: string, field: string, sentence: string];

const MASS_ASSIGNMENT: Row[] = [
  'id',
  'hash',
  'lookup',
  'owner_id',
  'ownerId',
  'parent_id',
  'created_at',
  'updated_at',
  'revoked_at',
  'disabled_at',
  'rotated_at',
  'replaced_by',
  'last_used_at',
  'version',
  'state',
  'key',
  'scopes',
  'userId',
  'expiresAt',
  'constructor',
  'prototype',
  'toString',
].map((field) => [`sets ${field}`, `{${GOOD},"${field}":"x"}`, field, `"${field}" cannot be set here`]);

const ROWS: Row[] = [
  ...MASS_ASSIGNMENT,
  ['several unknown fields', `{${GOOD},"b1":1,"b2":2}`, 'b1', '"b1", "b2" cannot be set here; known: name'],
  ['__proto__', `{${GOOD},"__proto__":{"admin":true}}`, '__proto__', '__proto__'],
  ['__proto__ deeper', `{${GOOD},"metadata":{"a":{"__proto__":{}}}}`, 'metadata', '__proto__'],
  ['__proto__ in a limit', `{${GOOD},"rate_limit":{"__proto__":{}}}`, 'rate_limit', '__proto__'],
  ['a name twice', `{${GOOD},"name":"y"}`, 'body', 'must not repeat a name: the name "name" stands twice'],
  ['a name twice, escaped', `{${GOOD},"n\\u0061me":"y"}`, 'body', 'stands twice'],
  ['a nested name twice', `{${GOOD},"metadata":{"a":1,"a":2}}`, 'body', 'the name "a" stands twice'],
  ['no JSON', '{', 'body', 'The body must be JSON'],
  ['two texts', '{} {}', 'body', 'The body must be JSON'],
  ['a form', 'name=x&permissions=models:read', 'body', 'The body must be JSON'],
  ['an array', '[]', 'body', 'The body must be a JSON object'],
  ['a string', '"x"', 'body', 'The body must be a JSON object'],
  ['null', 'null', 'body', 'The body must be a JSON object'],
  ['too deep', `{${GOOD},"metadata":${NESTED}}`, 'metadata', 'must nest at most 32 levels deep'],

  ['a name that is a number', '{"name":1}', 'name', 'name must be a string; received 1'],
  ['a name that is an object', '{"name":{"a":1}}', 'name', 'name must be a string; received an object'],
  ['a name that is null', '{"name":null}', 'name', 'name must be a string; received null'],
  ['an empty name', '{"name":""}', 'name', 'name must not be empty'],
  ['a name of blanks', `{"name":"  ","permissions":["models:read"]}`, 'name', 'name must not be empty'],
  ['a long name', `{"name":"${'x'.repeat(201)}"}`, 'name', 'name must have at most 200 characters'],
  [
    'a control character',
    `{"name":"a\\u001bb","permissions":["*"]}`,
    'name',
    'must not hold control characters',
  ],
  ['a line end', `{"name":"a\\nb","permissions":["*"]}`, 'name', 'must not hold control characters'],
  ['U+0000', `{"name":"a\\u0000b","permissions":["*"]}`, 'name', 'must not hold control characters'],
  ['half a surrogate pair', `{"name":"\\ud800","permissions":["*"]}`, 'name', 'broken Unicode'],
  ['HTML', `{"name":"<script>alert(1)</script>","permissions":["*"]}`, 'name', 'must not hold "<"'],
  ['a turned line', `{"name":"a\\u202eb","permissions":["*"]}`, 'name', 'marks of direction'],
  ['U+0000 in text', `{${GOOD},"description":"\\u0000"}`, 'description', 'must not hold U+0000'],
  ['a long description', `{${GOOD},"description":"${'x'.repeat(2001)}"}`, 'description', 'at most 2000'],

  ['permissions as text', '{"name":"x","permissions":"*"}', 'permissions', 'must be an array; received "*"'],
  ['no permissions', '{"name":"x","permissions":[]}', 'permissions', 'permissions must not be empty'],
  [
    'an empty permission',
    '{"name":"x","permissions":[""]}',
    'permissions',
    'permissions[0] must not be empty',
  ],
  ['a number', '{"name":"x","permissions":["*",1]}', 'permissions', 'permissions[1] must be a string'],
  ['an object', '{"name":"x","permissions":[{"resource":"*"}]}', 'permissions', 'must be a string'],
  [
    'a typo',
    '{"name":"x","permissions":["modls:read"]}',
    'permissions',
    'permissions is invalid: there is no',
  ],
  ['blanks', '{"name":"x","permissions":[" * "]}', 'permissions', 'permissions is invalid'],
  [
    'a long list',
    JSON.stringify({ name: 'x', permissions: Array(101).fill('models:read') }),
    'permissions',
    'permissions must have at most 100 entries',
  ],
  ['an unknown level', '{"name":"x","level":"root"}', 'level', 'level must be one of "read-only"'],
  ['a level of Object', `{"name":"x","level":"constructor"}`, 'level', 'level must be one of'],

  ['a limit of 0', `{${GOOD},"rate_limit":0}`, 'rate_limit', 'rate_limit must be'],
  ['a negative limit', `{${GOOD},"rate_limit":-5}`, 'rate_limit', 'rate_limit must be'],
  ['half a request', `{${GOOD},"rate_limit":1.5}`, 'rate_limit', 'rate_limit must be'],
  ['a limit as text', `{${GOOD},"rate_limit":"1000"}`, 'rate_limit', 'rate_limit must be a whole number'],
  ['infinity', `{${GOOD},"rate_limit":1e999}`, 'rate_limit', 'rate_limit must be'],
  ['too many', `{${GOOD},"rate_limit":1e15}`, 'rate_limit', 'rate_limit must be'],
  [
    'more than the host allows',
    `{${GOOD},"rate_limit":10001}`,
    'rate_limit',
    'at most 10000 requests in 3600',
  ],
  [
    'no window',
    `{${GOOD},"rate_limit":{"limit":1}}`,
    'rate_limit.window_seconds',
    'rate_limit.window_seconds is missing',
  ],
  [
    'another field',
    `{${GOOD},"rate_limit":{"limit":1,"window_seconds":1,"x":1}}`,
    'rate_limit.x',
    '"x" cannot be set here',
  ],
  ['a quota by week', `{${GOOD},"quota":{"limit":1,"period":"week"}}`, 'quota.period', '"day" or "month"'],
  ['metadata as a list', `{${GOOD},"metadata":[]}`, 'metadata', 'metadata must be an object'],
  ['metadata as null', `{${GOOD},"metadata":null}`, 'metadata', 'metadata must be an object'],
  ['much metadata', `{${GOOD},"metadata":{"a":"${'x'.repeat(5000)}"}}`, 'metadata', 'at most 4096 bytes'],
  ['U+0000 in metadata', `{${GOOD},"metadata":{"a":"\\u0000"}}`, 'metadata', 'metadata must not hold U+0000'],

  [
    'the past',
    `{${GOOD},"expires_at":"2024-01-15T09:59:59Z"}`,
    'expires_at',
    'expires_at must be in the future',
  ],
  ['now', `{${GOOD},"expires_at":"2024-01-15T10:00:00Z"}`, 'expires_at', 'expires_at must be in the future'],
  ['the year 0', `{${GOOD},"expires_at":"0000-01-01T00:00:00Z"}`, 'expires_at', 'must be in the future'],
  ['a year of five digits', `{${GOOD},"expires_at":"10000-01-01T00:00:00Z"}`, 'expires_at', 'with a zone'],
  ['no zone', `{${GOOD},"expires_at":"2030-01-01T00:00:00"}`, 'expires_at', 'with a zone'],
  ['a day alone', `{${GOOD},"expires_at":"2030-01-01"}`, 'expires_at', 'with a zone'],
  ['no such day', `{${GOOD},"expires_at":"2030-02-30T00:00:00Z"}`, 'expires_at', 'with a zone'],
  ['seconds', `{${GOOD},"expires_at":1893456000}`, 'expires_at', 'expires_at must be a string'],
  ['an empty time', `{${GOOD},"expires_at":""}`, 'expires_at', 'with a zone'],

  [
    'origins of a secret key',
    `{${GOOD},"origins":["https://a.example"]}`,
    'origins',
    'belong to publishable keys',
  ],
  [
    'a bad origin',
    `{${GOOD},"kind":"publishable","origins":["https://a.example/path"]}`,
    'origins',
    'origins is invalid',
  ],
  ['a bad address', `{${GOOD},"addresses":["10.0.0.0/99"]}`, 'addresses', 'addresses is invalid'],
  ['a bad host', `{${GOOD},"hosts":["a b"]}`, 'hosts', 'hosts is invalid'],
  [
    'a scope that is not public',
    '{"name":"x","kind":"publishable","permissions":["models:write"]}',
    'permissions',
    'permissions must hold scopes that a publishable key may have',
  ],
];

async function refused(method: 'POST' | 'PATCH', path: string, body: string) {
  const call =
    method === 'POST' ? request(api.app).post(`/api/v1${path}`) : request(api.app).patch(`/api/v1${path}`);
  return call.set('Authorization', `Bearer ${admin}`).set('Content-Type', 'application/json').send(body);
}

describe('POST /keys', () => {
  it.each<Row>([
    ...ROWS,
    ['no name', '{"permissions":["models:read"]}', 'name', 'name is missing'],
    ['neither permissions nor a level', '{"name":"x"}', 'permissions', 'at least one scope'],
    ['a level of null alone', '{"name":"x","level":null}', 'permissions', 'at least one scope'],
    [
      'an unknown kind',
      `{${GOOD},"kind":"root"}`,
      'kind',
      'kind must be "secret" or "publishable" or "scoped"',
    ],
    ['a temporary token', `{${GOOD},"kind":"temporary"}`, 'kind', 'kind must be'],
    ['disabled from the start', `{${GOOD},"disabled":true}`, 'disabled', 'cannot be set here'],
  ])('%s', async (_name, body, field, sentence) => {
    const before = await dump(api.store);
    const { status, body: answer } = await refused('POST', '/keys', body);
    expect(answer).toMatchObject({ error: { code: 'INVALID_REQUEST', details: { field } } });
    expect(status).toBe(400);
    expect(answer.error.message).toContain(sentence);
    expect(await dump(api.store)).toEqual(before);
  });
});

describe('PATCH /keys/{key_id}', () => {
  it.each<Row>([
    ...ROWS.filter(([name]) => name !== 'a scope that is not public' && name !== 'a bad origin'),
    ['another kind', '{"kind":"secret"}', 'kind', '"kind" cannot be set here'],
    ['disabled as a number', '{"disabled":1}', 'disabled', 'disabled must be true or false; received 1'],
    ['disabled as null', '{"disabled":null}', 'disabled', 'disabled must be true or false'],
  ])('%s', async (_name, body, field, sentence) => {
    const before = await dump(api.store);
    const { status, body: answer } = await refused('PATCH', `/keys/${target}`, body);
    expect(answer).toMatchObject({ error: { code: 'INVALID_REQUEST', details: { field } } });
    expect(status).toBe(400);
    expect(answer.error.message).toContain(sentence);
    expect(await dump(api.store)).toEqual(before);
  });
});

describe('other bodies and parameters', () => {
  it.each([
    [
      'post',
      '/keys/ID/rotate',
      { overlap_seconds: -1 },
      'overlap_seconds',
      'must be at least 0; received -1',
    ],
    ['post', '/keys/ID/rotate', { overlap_seconds: 1e9 }, 'overlap_seconds', 'must be at most 31536000'],
    [
      'post',
      '/keys/ID/rotate',
      { overlap_seconds: '1' },
      'overlap_seconds',
      'must be a number; received "1"',
    ],
    ['post', '/keys/ID/rotate', { overlap: 1 }, 'overlap', 'cannot be set here'],
    ['post', '/keys/ID/rotate?overlap_seconds=0', undefined, 'overlap_seconds', 'cannot be set here'],
    ['post', '/keys/ID/explain', { scope: 'modls:read' }, 'scope', 'scope is invalid'],
    ['post', '/keys/ID/explain', { carrier: 'X-API-Key' }, 'carrier', 'such as header:X-API-Key'],
    ['get', '/keys/ID/explain?scope=a&scope=b', undefined, 'scope', '"scope" must come once'],
    ['get', '/keys?limit=0', undefined, 'limit', 'limit must be a whole number from 1 to 200'],
    ['get', '/keys?limit=201', undefined, 'limit', 'limit must be a whole number from 1 to 200'],
    ['get', '/keys?limit=1e2', undefined, 'limit', 'limit must be a whole number from 1 to 200'],
    ['get', '/keys?cursor=x', undefined, 'cursor', 'must be the next cursor of an earlier page'],
    ['get', '/keys?kind=root', undefined, 'kind', 'kind must be "secret" or'],
    ['get', '/keys?state=all', undefined, 'state', 'state must be "live" or "revoked" or "expired"'],
    ['get', '/keys?name=%00', undefined, 'name', 'name must not hold control characters'],
    ['get', '/keys?name=', undefined, 'name', 'name must not be empty'],
    ['get', '/keys?user_id=%0a', undefined, 'user_id', 'user_id must not'],
    ['get', '/keys?due=1', undefined, 'due', 'due must be "true"'],
    ['get', '/keys?due=true', undefined, 'due', 'due needs the host to say how often'],
    ['get', '/keys?owner_id=other', undefined, 'owner_id', 'cannot be set here; known: limit'],
    ['get', '/keys?__proto__=x', undefined, '__proto__', '__proto__'],
    ['get', '/keys?limit=1&limit=2', undefined, 'limit', '"limit" must come once'],
  ] as const)('%s %s %j', async (method, path, body, field, sentence) => {
    const before = await dump(api.store);
    const call = api.call(admin, method, path.replace('ID', target), body);
    const { status, body: answer } = await call;
    expect(answer).toMatchObject({ error: { code: 'INVALID_REQUEST', details: { field } } });
    expect(answer.error.message).toContain(sentence);
    expect(status).toBe(400);
    expect(await dump(api.store)).toEqual(before);
  });

  it('a body of a megabyte is refused while it is sent, and the connection answers on', async () => {
    const before = await dump(api.store);
    const large = JSON.stringify({ name: 'x'.repeat(1_048_576), permissions: ['*'] });
    for (const [method, path] of [
      ['POST', '/keys'],
      ['PATCH', `/keys/${target}`],
      ['POST', `/keys/${target}/rotate`],
    ] as const) {
      const { status, body } = await refused(method, path, large);
      expect(status).toBe(413);
      expect(body).toEqual({
        error: {
          code: 'PAYLOAD_TOO_LARGE',
          message: 'The body must be at most 131072 bytes',
          details: { limit: 131_072 },
        },
      });
    }
    expect(await dump(api.store)).toEqual(before);
  });

  it('a body in pieces is read as one', async () => {
    const server = api.app.listen(0);
    const { port } = server.address() as AddressInfo;
    const status = await new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${admin}` };
      const call = httpRequest(
        { port, method: 'POST', path: `/api/v1/keys/${target}/rotate`, headers },
        (res) => {
          res.resume();
          resolve(res.statusCode);
        },
      );
      call.on('error', reject);
      call.write('{"overlap_');
      call.end('seconds":-1}');
    });
    server.close();
    expect(status).toBe(400);
  });

  it('what a host parsed before is held to the same schema', async () => {
    const app = express();
    app.use(express.json(), express.urlencoded({ extended: true }));
    app.use('/api/v1', managementRouter(api.keys));
    const call = () => request(app).post('/api/v1/keys').set('Authorization', `Bearer ${admin}`);
    const good = await call().send({ name: 'x', permissions: ['models:read'] });
    expect(good.status).toBe(201);
    const form = await call().type('form').send('{"name":"x"}');
    expect(form.body.error.message).toContain('"{\\"name\\":\\"x\\"}" cannot be set here');
    const empty = await call().type('form').send('');
    expect(empty.body.error.message).toContain('name is missing');
  });
});
