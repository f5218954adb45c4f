/** Every refusal that a client can meet, each as data: see docs/errors.md. */
import { ERROR_STATUS, type Denial, type DenialReason, type ErrorCode } from './errors';

/** RFC 6750, 3: a request without credentials gets the scheme and no error. */
const CHALLENGE_MISSING = 'Bearer';
/** RFC 6750, 3.1: the token is expired, revoked, malformed, or invalid for other reasons. */
const CHALLENGE_INVALID_TOKEN = 'Bearer error="invalid_token"';
/** RFC 6750, 3.1: more than one method of including a token, or a malformed request. */
const CHALLENGE_INVALID_REQUEST = 'Bearer error="invalid_request"';

function denial(
  code: ErrorCode,
  message: string,
  details: Readonly<Record<string, unknown>>,
  reason: DenialReason,
  challenge: string | null = null,
  retryAfter: number | null = null,
): Denial {
  return Object.freeze({
    code,
    status: ERROR_STATUS[code],
    message,
    details: Object.freeze(details),
    challenge,
    retryAfter,
    reason,
  });
}

/** No credential came with the request. */
export const KEY_MISSING: Denial = denial(
  'UNAUTHORIZED',
  'API key is missing',
  { reason: 'key_missing' },
  'key_missing',
  CHALLENGE_MISSING,
);

/** The reasons that a client cannot tell apart: all of them read "Invalid API key". */
export type InvalidKeyReason =
  | 'key_malformed'
  | 'key_unknown'
  | 'secret_wrong'
  | 'key_revoked'
  | 'key_disabled'
  | 'parent_invalid'
  | 'kind_wrong'
  | 'host_wrong';

const INVALID_KEY = new Map<InvalidKeyReason, Denial>(
  (
    [
      'key_malformed',
      'key_unknown',
      'secret_wrong',
      'key_revoked',
      'key_disabled',
      'parent_invalid',
      'kind_wrong',
      'host_wrong',
    ] as const
  ).map((reason) => [
    reason,
    denial('UNAUTHORIZED', 'Invalid API key', { reason: 'key_not_found' }, reason, CHALLENGE_INVALID_TOKEN),
  ]),
);

/** The credential is no valid key here; the client is not told why. */
export function invalidKey(reason: InvalidKeyReason): Denial {
  return INVALID_KEY.get(reason) as Denial;
}

/** The secret is right and the key has expired. `expiresAt` in ms since the epoch. */
export function keyExpired(expiresAt: number): Denial {
  return denial(
    'UNAUTHORIZED',
    'API key has expired',
    { expired_at: isoSeconds(expiresAt) },
    'key_expired',
    CHALLENGE_INVALID_TOKEN,
  );
}

/**
 * The key is valid and may not do this (RFC 6750, 3.1). `required` and `provided` are scopes in the notation
 * in which they were written.
 */
export function insufficientScope(required: readonly string[], provided: readonly string[]): Denial {
  const wanted = required.join(' ');
  return denial(
    'FORBIDDEN',
    'Insufficient permissions',
    { required: wanted, provided: provided.join(' ') },
    'scope_missing',
    `Bearer error="insufficient_scope", scope="${wanted.replace(/["\\]/g, '\\$&')}"`,
  );
}

/** A publishable key came without an `Origin`. */
export const ORIGIN_MISSING: Denial = denial(
  'FORBIDDEN',
  'Origin not allowed',
  { reason: 'origin_missing' },
  'origin_missing',
);

/** A publishable key came from an origin that is not on its list. */
export const ORIGIN_NOT_ALLOWED: Denial = denial(
  'FORBIDDEN',
  'Origin not allowed',
  { reason: 'origin_not_allowed' },
  'origin_not_allowed',
);

/** The key lists addresses, and the client's is not among them. */
export const ADDRESS_NOT_ALLOWED: Denial = denial(
  'FORBIDDEN',
  'IP address not allowed',
  { reason: 'ip_not_allowed' },
  'ip_not_allowed',
);

/** A key in a cookie came on a request that another site's page caused. */
export const CROSS_SITE: Denial = denial(
  'FORBIDDEN',
  'Cross-site request not allowed',
  { reason: 'cross_site' },
  'cross_site',
);

/** A check of the host's own refused. */
export const CHECK_REFUSED: Denial = denial(
  'FORBIDDEN',
  'Request not allowed',
  { reason: 'check_refused' },
  'check_refused',
);

/** Two credentials, or one carrier twice (RFC 6750, 2: never more than one method). */
export const MULTIPLE_CREDENTIALS: Denial = denial(
  'INVALID_REQUEST',
  'Send exactly one API key, in one place',
  { reason: 'multiple_credentials' },
  'multiple_credentials',
  CHALLENGE_INVALID_REQUEST,
);

/** A limit is passed. `resetAt` in ms since the epoch; `now` gives `Retry-After`, at least 1 s. */
export function rateLimited(limit: number, resetAt: number, now: number): Denial {
  return denial(
    'RATE_LIMITED',
    'Rate limit exceeded',
    { limit, reset_at: isoSeconds(Math.ceil(resetAt / 1000) * 1000) },
    'rate_limited',
    null,
    Math.max(1, Math.ceil((resetAt - now) / 1000)),
  );
}

/** A bad body or parameter; `sentence` names the field. */
export function invalidField(
  field: string,
  sentence: string,
  details: Readonly<Record<string, unknown>> = {},
): Denial {
  return denial('INVALID_REQUEST', sentence, { field, ...details }, 'invalid_request');
}

/** The credential is valid and of a kind, or holds rights, that this endpoint does not take. */
export function notPermitted(sentence: string, details: Readonly<Record<string, unknown>>): Denial {
  return denial('FORBIDDEN', sentence, details, 'scope_missing');
}

/** An unknown id, or another owner's: the two cannot be told apart. */
export const KEY_NOT_FOUND: Denial = denial('NOT_FOUND', 'API key not found', {}, 'not_found');

/** A change would break a rule of the data. */
export function conflict(sentence: string, details: Readonly<Record<string, unknown>> = {}): Denial {
  return denial('CONFLICT', sentence, { ...details }, 'conflict');
}

/** A body of more than `limit` bytes. */
export function payloadTooLarge(limit: number): Denial {
  return denial(
    'PAYLOAD_TOO_LARGE',
    `The body must be at most ${String(limit)} bytes`,
    { limit },
    'payload_too_large',
  );
}

/** A guard runs where no authentication ran. */
export const MISCONFIGURED: Denial = denial(
  'MISCONFIGURED',
  'The server is not configured to answer this request',
  {},
  'misconfigured',
);

/** The store cannot be asked: no verdict. `retryAfter` in whole seconds. */
export function unavailable(retryAfter = 1): Denial {
  return denial(
    'UNAVAILABLE',
    'Authentication is temporarily unavailable',
    {},
    'unavailable',
    null,
    retryAfter,
  );
}

/** A time in ms since the epoch as ISO 8601 UTC without milliseconds. */
export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -5)}Z`;
}
