/** Everything that can go wrong: what a client is told, and what a developer is told. */

/** The codes that a client can meet in `error.code`, each with its status. */
export const ERROR_STATUS = {
  INVALID_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  MISCONFIGURED: 500,
  UNAVAILABLE: 503,
} as const;

/** A code that a client can meet in `error.code`. */
export type ErrorCode = keyof typeof ERROR_STATUS;

/**
 * The true reason of a denial. It goes to events, audit and metrics; the client sees only what the message
 * and the details say.
 */
export type DenialReason =
  | 'key_missing'
  | 'key_malformed'
  | 'key_unknown'
  | 'secret_wrong'
  | 'key_revoked'
  | 'key_disabled'
  | 'key_expired'
  | 'parent_invalid'
  | 'kind_wrong'
  | 'host_wrong'
  | 'scope_missing'
  | 'origin_missing'
  | 'origin_not_allowed'
  | 'ip_not_allowed'
  | 'cross_site'
  | 'check_refused'
  | 'rate_limited'
  | 'multiple_credentials'
  | 'invalid_request'
  | 'not_found'
  | 'conflict'
  | 'payload_too_large'
  | 'misconfigured'
  | 'unavailable';

/** Why a request is refused, ready to be written. Plain and frozen: no stack is captured for a refusal. */
export interface Denial {
  readonly code: ErrorCode;
  readonly status: number;
  /** For the client; never holds anything secret. */
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Value of `WWW-Authenticate` (RFC 9110, 11.6.1), or `null` for none. */
  readonly challenge: string | null;
  /** Value of `Retry-After` in seconds (RFC 9110, 10.2.3), or `null` for none. */
  readonly retryAfter: number | null;
  /** For events; never written to the response. */
  readonly reason: DenialReason;
}

/**
 * A refusal as an exception: what service methods throw and what Passport hands to `next(err)`.
 * `status` and `statusCode` let Express's own error handler answer with the right status.
 */
export class ApiKeyError extends Error {
  override readonly name = 'ApiKeyError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly statusCode: number;
  readonly details: Readonly<Record<string, unknown>>;
  /** What is written to the response; not enumerable, since its `reason` is not for clients. */
  declare readonly denial: Denial;

  constructor(denied: Denial, options?: { readonly cause?: unknown }) {
    super(denied.message, options);
    this.code = denied.code;
    this.status = denied.status;
    this.statusCode = denied.status;
    this.details = denied.details;
    Object.defineProperty(this, 'denial', { value: denied });
  }

  /** The public envelope, so that a stray `res.json(err)` tells no more than the library would. */
  toJSON(): ErrorBody {
    return errorBody(this.denial);
  }
}

/** The JSON envelope of every refusal. */
export interface ErrorBody {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

/** The envelope of a denial. */
export function errorBody(denied: Denial): ErrorBody {
  return { error: { code: denied.code, message: denied.message, details: denied.details } };
}

/** The codes that a developer can meet on a {@link ConfigurationError}. */
export type ConfigurationErrorCode =
  | 'ERR_LATCHKEY_OPTION_UNKNOWN'
  | 'ERR_LATCHKEY_OPTION_INVALID'
  | 'ERR_LATCHKEY_OPTION_MISSING'
  | 'ERR_LATCHKEY_SCOPE_INVALID';

/** A mistake in the host's code, thrown where the option is given: at creation, never on a request. */
export class ConfigurationError extends TypeError {
  override readonly name = 'ConfigurationError';
  readonly code: ConfigurationErrorCode;
  /** The option or argument, such as `cache.ttl`. */
  readonly subject: string;

  constructor(code: ConfigurationErrorCode, subject: string, message: string) {
    super(`${subject}: ${message}`);
    this.code = code;
    this.subject = subject;
  }
}

/**
 * A value that does not follow its grammar: a scope, an origin, an address, a prefix. Whoever knows the
 * field turns it into a {@link ConfigurationError} or an `INVALID_REQUEST`.
 */
export class InvalidValueError extends TypeError {
  override readonly name = 'InvalidValueError';
}

/** `value` for a message: quoted, cut at 60 characters, control characters escaped. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    const text = JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
    return text.replace(/[\u007f-\u009f\u2028\u2029\ud800-\udfff]/g, (c) => {
      return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
    });
  }
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
    return String(value);
  }
  if (Array.isArray(value)) return `an array of ${String(value.length)}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
