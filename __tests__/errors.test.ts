import { inspect } from 'node:util';
import {
  ADDRESS_NOT_ALLOWED,
  insufficientScope,
  invalidKey,
  isoSeconds,
  keyExpired,
  payloadTooLarge,
  rateLimited,
  unavailable,
} from '../lib/denials';
import { ApiKeyError, ConfigurationError, errorBody, shown } from '../lib/errors';

it.each<[unknown, string]>([
  ['text', '"text"'],
  ['', '""'],
  ['x'.repeat(61), `"${'x'.repeat(60)}…"`],
  ['a\u001b[31m\u009b\u2028', '"a\\u001b[31m\\u009b\\u2028"'],
  ['\ud800', '"\\ud800"'],
  [null, 'null'],
  [undefined, 'undefined'],
  [1.5, '1.5'],
  [10n, '10'],
  [true, 'true'],
  [[1, 2], 'an array of 2'],
  [{ secret: 'x' }, 'an object'],
  [() => 1, 'a function'],
  [Symbol('x'), 'a symbol'],
])('%p is shown as %s', (value, text) => {
  expect(shown(value)).toBe(text);
});

it('an ApiKeyError shows the envelope, and keeps the reason from clients', () => {
  const cause = new Error('driver');
  const error = new ApiKeyError(invalidKey('key_revoked'), { cause });
  expect(error).toMatchObject({
    name: 'ApiKeyError',
    code: 'UNAUTHORIZED',
    status: 401,
    statusCode: 401,
    cause,
  });
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    error: { code: 'UNAUTHORIZED', message: 'Invalid API key', details: { reason: 'key_not_found' } },
  });
  expect(inspect(error)).not.toContain('key_revoked');
  expect(error.denial.reason).toBe('key_revoked');
});

it('a ConfigurationError names its subject', () => {
  const error = new ConfigurationError('ERR_LATCHKEY_OPTION_INVALID', 'cache.ttl', 'must be …');
  expect(error).toBeInstanceOf(TypeError);
  expect(error).toMatchObject({
    code: 'ERR_LATCHKEY_OPTION_INVALID',
    subject: 'cache.ttl',
    message: 'cache.ttl: must be …',
  });
});

it('denials are frozen data, with their status, challenge and seconds to wait', () => {
  expect(keyExpired(Date.UTC(2024, 0, 1, 0, 0, 0, 999)).details).toEqual({
    expired_at: '2024-01-01T00:00:00Z',
  });
  expect(isoSeconds(0)).toBe('1970-01-01T00:00:00Z');
  expect(insufficientScope(['a:"b"', 'c\\'], ['d:e']).challenge).toBe(
    'Bearer error="insufficient_scope", scope="a:\\"b\\" c\\\\"',
  );
  expect(rateLimited(10, 5_001, 1_000)).toMatchObject({
    details: { limit: 10, reset_at: '1970-01-01T00:00:06Z' },
    retryAfter: 5,
  });
  expect(rateLimited(10, 1_000, 5_000).retryAfter).toBe(1);
  expect(unavailable()).toMatchObject({ status: 503, retryAfter: 1 });
  expect(unavailable(7).retryAfter).toBe(7);
  expect(payloadTooLarge(10)).toMatchObject({ status: 413, details: { limit: 10 } });
  expect(Object.isFrozen(ADDRESS_NOT_ALLOWED) && Object.isFrozen(ADDRESS_NOT_ALLOWED.details)).toBe(true);
  expect(errorBody(unavailable())).toEqual({
    error: { code: 'UNAVAILABLE', message: 'Authentication is temporarily unavailable', details: {} },
  });
});
