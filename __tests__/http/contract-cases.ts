/** Every answer of the contract, byte for byte, as one table for all frameworks. */
import { KEY_NOT_FOUND, conflict, invalidField, payloadTooLarge, rateLimited } from '../../lib/denials';
import { ApiKeyError, temporaryTokens, type Middleware } from '../../lib';
import { mount, mountErrors, whoami, type App, type Framework } from './frameworks';
import { APP, NOON, graft, type TestKeys } from './test-keys';
import type { Ask } from './wire';

/** One row: what is asked, and the whole answer. */
export interface ContractCase {
  readonly name: string;
  readonly ask: (test: TestKeys) => Ask;
  /** Before and after the request. */
  readonly during?: (test: TestKeys) => () => void;
  readonly status: number;
  readonly body: string;
  readonly challenge?: string;
  readonly retryAfter?: string;
}

const bearer = (token: string): Ask => ({ path: '/open', headers: { authorization: `Bearer ${token}` } });
const error = (code: string, message: string, details = '{}'): string =>
  `{"error":{"code":"${code}","message":"${message}","details":${details}}}`;

const MISSING = error('UNAUTHORIZED', 'API key is missing', '{"reason":"key_missing"}');
const INVALID = error('UNAUTHORIZED', 'Invalid API key', '{"reason":"key_not_found"}');
const INVALID_TOKEN = 'Bearer error="invalid_token"';
const invalid = (name: string, ask: ContractCase['ask']): ContractCase => ({
  name,
  ask,
  status: 401,
  body: INVALID,
  challenge: INVALID_TOKEN,
});
const several = (name: string, ask: ContractCase['ask']): ContractCase => ({
  name,
  ask,
  status: 400,
  body: error(
    'INVALID_REQUEST',
    'Send exactly one API key, in one place',
    '{"reason":"multiple_credentials"}',
  ),
  challenge: 'Bearer error="invalid_request"',
});
const origin = (name: string, reason: string, headers: Record<string, string>): ContractCase => ({
  name,
  ask: ({ tokens }) => ({ path: `/open?pubtoken=${tokens.publishable}`, headers }),
  status: 403,
  body: error('FORBIDDEN', 'Origin not allowed', `{"reason":"${reason}"}`),
});
const field = (name: string, body: string, sentence: string, details: string): ContractCase => ({
  name: `bad body: ${name}`,
  ask: ({ tokens }) => ({
    method: 'POST',
    path: '/tokens',
    headers: { authorization: `Bearer ${tokens.secret}`, 'content-type': 'application/json' },
    body,
  }),
  status: 400,
  body: error('INVALID_REQUEST', sentence, details),
});

/** Refusals of endpoints that this table has no router for: they come as errors from the service. */
export const RAISED = {
  'rate-limited': rateLimited(1000, Date.parse('2024-01-15T11:00:00Z'), Date.parse('2024-01-15T10:59:17.5Z')),
  'not-found': KEY_NOT_FOUND,
  conflict: conflict('At most 100 keys can exist at a time', { limit: 100 }),
  'too-large': payloadTooLarge(32_768),
  'bad-parameter': invalidField('limit', 'limit must be a whole number'),
} as const;

const raised = (
  name: keyof typeof RAISED,
  status: number,
  body: string,
  retryAfter?: string,
): ContractCase => ({
  name: `raised behind the key: ${name}`,
  ask: ({ tokens }) => ({ ...bearer(tokens.secret), path: `/raise/${name}` }),
  status,
  body,
  ...(retryAfter === undefined ? {} : { retryAfter }),
});

export const CONTRACT_CASES: readonly ContractCase[] = [
  {
    name: 'no credential',
    ask: () => ({ path: '/open' }),
    status: 401,
    body: MISSING,
    challenge: 'Bearer',
  },
  {
    name: 'a scheme that carries no keys',
    ask: () => ({ path: '/open', headers: { authorization: 'Basic dTpw' } }),
    status: 401,
    body: MISSING,
    challenge: 'Bearer',
  },
  invalid('malformed', () => bearer('hello')),
  invalid('empty', () => ({ path: '/open', headers: { 'x-api-key': '' } })),
  invalid('a scheme without a token', () => ({ path: '/open', headers: { authorization: 'Bearer' } })),
  invalid('unknown', ({ tokens }) => bearer(tokens.unknown)),
  invalid('wrong secret', ({ tokens }) => bearer(graft(tokens.secret, tokens.uncached))),
  invalid('wrong checksum', ({ tokens }) => bearer(`${tokens.secret.slice(0, -6)}000000`)),
  invalid('truncated', ({ tokens }) => bearer(tokens.secret.slice(0, -1))),
  invalid('extended', ({ tokens }) => bearer(`${tokens.secret}a`)),
  invalid('revoked', ({ tokens }) => bearer(tokens.revoked)),
  invalid('disabled', ({ tokens }) => bearer(tokens.disabled)),
  invalid('publishable in Authorization', ({ tokens }) => bearer(tokens.publishable)),
  invalid('secret in a query', ({ tokens }) => ({
    path: `/open?pubtoken=${tokens.secret}`,
    headers: { origin: APP },
  })),
  invalid('temporary in X-API-Key', ({ tokens }) => ({
    path: '/open',
    headers: { 'x-api-key': tokens.temporary },
  })),
  invalid('secret behind the scheme of scoped keys', ({ tokens }) => ({
    path: '/open',
    headers: { authorization: `apikey ${tokens.secret}` },
  })),
  invalid('asked at a host that the key does not belong to', ({ tokens }) => bearer(tokens.elsewhere)),
  {
    name: 'expired',
    ask: ({ tokens }) => bearer(tokens.expiring),
    during: ({ clock }) => {
      clock.now = NOON + 3_600_000;
      return () => (clock.now = NOON);
    },
    status: 401,
    body: error('UNAUTHORIZED', 'API key has expired', '{"expired_at":"2024-01-01T13:00:00Z"}'),
    challenge: INVALID_TOKEN,
  },
  {
    ...invalid('expired, with a wrong secret', ({ tokens }) => bearer(graft(tokens.expiring, tokens.secret))),
    during: ({ clock }) => {
      clock.now = NOON + 3_600_000;
      return () => (clock.now = NOON);
    },
  },
  {
    name: 'scope missing',
    ask: ({ tokens }) => ({ path: '/write', headers: { 'x-api-key': tokens.scoped } }),
    status: 403,
    body: error(
      'FORBIDDEN',
      'Insufficient permissions',
      '{"required":"models:write","provided":"models:read"}',
    ),
    challenge: 'Bearer error="insufficient_scope", scope="models:write"',
  },
  {
    name: 'one scope of several missing',
    ask: ({ tokens }) => ({ path: '/both', headers: { authorization: `apikey ${tokens.scoped}` } }),
    status: 403,
    body: error(
      'FORBIDDEN',
      'Insufficient permissions',
      '{"required":"models:read models:write","provided":"models:read"}',
    ),
    challenge: 'Bearer error="insufficient_scope", scope="models:read models:write"',
  },
  origin('Origin missing', 'origin_missing', {}),
  origin('Origin not on the list', 'origin_not_allowed', { origin: 'https://evil.example' }),
  origin('Origin null', 'origin_not_allowed', { origin: 'null' }),
  {
    name: 'address not on the list',
    ask: ({ tokens }) => bearer(tokens.office),
    status: 403,
    body: error('FORBIDDEN', 'IP address not allowed', '{"reason":"ip_not_allowed"}'),
  },
  several('two carriers', ({ tokens }) => ({
    path: '/open',
    headers: { authorization: `Bearer ${tokens.secret}`, 'x-api-key': tokens.secret },
  })),
  several('a header and a query', ({ tokens }) => ({
    path: `/open?pubtoken=${tokens.publishable}`,
    headers: { authorization: `Bearer ${tokens.secret}`, origin: APP },
  })),
  several('a header that comes twice', ({ tokens }) => ({
    path: '/open',
    headers: { 'x-api-key': [tokens.secret, tokens.secret] },
  })),
  several('Authorization that comes twice', ({ tokens }) => ({
    path: '/open',
    headers: { authorization: [`Bearer ${tokens.secret}`, `Bearer ${tokens.scoped}`] },
  })),
  several('a query parameter that comes twice', ({ tokens }) => ({
    path: `/open?pubtoken=${tokens.publishable}&pubtoken=${tokens.publishable}`,
    headers: { origin: APP },
  })),
  field('no JSON', '{', 'The body must be JSON', '{"field":"body"}'),
  field('no object', '[]', 'The body must be a JSON object', '{"field":"body"}'),
  field(
    'an unknown field',
    '{"scope":[]}',
    '\\"scope\\" is not a field of this request',
    '{"field":"scope"}',
  ),
  field(
    'a bad field',
    '{"scopes":["models:read"],"durationSeconds":899}',
    'durationSeconds must be a whole number from 900 to 86400; received 899',
    '{"field":"durationSeconds","minimum":900,"maximum":86400}',
  ),
  {
    name: 'another kind of key where a secret key is needed',
    ask: ({ tokens }) => ({
      method: 'POST',
      path: '/tokens',
      headers: { 'x-api-key': tokens.scoped },
      body: '{"scopes":["models:read"]}',
    }),
    status: 403,
    body: error(
      'FORBIDDEN',
      'Temporary tokens are created with a secret key',
      '{"reason":"secret_key_required"}',
    ),
  },
  {
    name: 'a body too large',
    ask: ({ tokens }) => ({
      ...bearer(tokens.secret),
      method: 'POST',
      path: '/tokens',
      body: `{"scopes":["${'a'.repeat(32_768)}"]}`,
    }),
    status: 413,
    body: error('PAYLOAD_TOO_LARGE', 'The body must be at most 32768 bytes', '{"limit":32768}'),
  },
  {
    name: 'the store cannot be asked',
    ask: ({ tokens }) => bearer(tokens.uncached),
    during: ({ store }) => {
      store.mode = 'down';
      return () => (store.mode = 'up');
    },
    status: 503,
    body: error('UNAVAILABLE', 'Authentication is temporarily unavailable'),
    retryAfter: '1',
  },
  {
    name: 'a guard where no authentication ran',
    ask: ({ tokens }) => ({ ...bearer(tokens.secret), path: '/forgotten' }),
    status: 500,
    body: error('MISCONFIGURED', 'The server is not configured to answer this request'),
  },
  raised(
    'rate-limited',
    429,
    error('RATE_LIMITED', 'Rate limit exceeded', '{"limit":1000,"reset_at":"2024-01-15T11:00:00Z"}'),
    '43',
  ),
  raised('not-found', 404, error('NOT_FOUND', 'API key not found')),
  raised('conflict', 409, error('CONFLICT', 'At most 100 keys can exist at a time', '{"limit":100}')),
  raised(
    'too-large',
    413,
    error('PAYLOAD_TOO_LARGE', 'The body must be at most 32768 bytes', '{"limit":32768}'),
  ),
  raised('bad-parameter', 400, error('INVALID_REQUEST', 'limit must be a whole number', '{"field":"limit"}')),
];

/** The API that the table is asked of. */
export function contractApp(framework: Framework, { keys }: TestKeys): App {
  const app = framework.app();
  mount(app, '/forgotten', keys.requireScope('models:read'), whoami);
  app.use(framework.authenticate(keys));
  app.use('/open', whoami);
  mount(app, '/write', keys.requireScope('models:write'), whoami);
  mount(app, '/both', keys.requireScope('models:read', 'models:write'), whoami);
  app.use('/tokens', temporaryTokens(keys));
  for (const [name, denial] of Object.entries({ ...RAISED })) {
    const raise: Middleware = (_req, _res, next) => next(new ApiKeyError(denial));
    app.use(`/raise/${name}`, raise);
  }
  mountErrors(app);
  return app;
}
