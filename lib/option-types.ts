/** The options of `createApiKeys`: names, units, defaults. */
import type { CarrierOptions } from './http/carriers';
import type { FormatError } from './http/error-response';
import type { OnMultiple } from './http/extract-credential';
import type { Log } from './http/runtime';
import type { RandomBytes } from './keys/base62';
import type { KeyKind } from './keys/kinds';
import type { ScopeCatalogue } from './keys/scope-catalogue';
import type { Clock } from './service/clock';
import type { PrincipalScopes } from './service/key-reader';
import type { ChangeBus } from './stores/change-bus';
import type { KeyStore } from './stores/key-store';

/** The cache of verified keys. */
export interface CacheOptions {
  /**
   * For how long a key may be used after it was read, in seconds: 0 to 60, default 5; 0 reads it for every
   * request. A change made in another process is seen after this time at the latest.
   */
  readonly ttl?: number;
  /** How many keys are held: 100 to 1,000,000, default 20,000. A key costs about 800 bytes. */
  readonly maxKeys?: number;
  /** For how long an unknown id is refused without asking the store, in seconds: 0 to 2, default 2. */
  readonly unknownTtl?: number;
}

/** Options of `createApiKeys`. */
export interface ApiKeysOptions<Name extends string = string> {
  /** Where the keys live. */
  readonly store: KeyStore;
  /** The scopes that exist, from `defineScopes`. Default: every well-formed scope goes. */
  readonly scopes?: ScopeCatalogue<Name>;
  /**
   * Secrets, from outside the database, under which secret and scoped keys are hashed (HMAC-SHA-256): at least
   * 32 characters each, the first is the current one. Default: none, and bcrypt instead. Recommended in
   * production.
   */
  readonly pepper?: string | readonly string[];
  /** Cost of bcrypt where there is no pepper: 4 to 15, default 10. */
  readonly bcryptCost?: number;
  /** What tokens of each kind begin with. Default `sk_`, `pk_`, `tk_`, `rk_` (scoped). */
  readonly prefixes?: Partial<Readonly<Record<KeyKind, string>>>;
  /** Where in a request tokens may travel; see `CarrierOptions`. */
  readonly carriers?: CarrierOptions;
  /**
   * Two carriers at once: `refuse` them (400, the default), or let the `first` decide alone, in the order
   * header, query, cookie, `Authorization`.
   */
  readonly onMultiple?: OnMultiple;
  /** Whether the origin of `Referer` stands in for a missing `Origin`. Default `false`. */
  readonly refererFallback?: boolean;
  readonly cache?: CacheOptions;
  /** How long the store may take, in seconds: 0.01 to 30, default 1. Then the answer is 503. */
  readonly storeTimeout?: number;
  /** How many calls to the store may run at once: 1 to 10,000, default 500. Further ones are answered 503. */
  readonly maxInFlight?: number;
  /**
   * While the store fails, use keys that were read up to this many seconds ago: 0 to 3,600, default 0 (never).
   * A key that is known as revoked or expired is refused all the same.
   */
  readonly staleIfError?: number;
  /** Tells other processes of changes at once. Default: none; they see a change after `cache.ttl`. */
  readonly bus?: ChangeBus;
  /**
   * Most keys of each kind that an owner may have at once: whole numbers, or `Infinity` for no cap. Default 100
   * for secret, publishable and scoped keys, no cap for temporary ones.
   */
  readonly caps?: Partial<Readonly<Record<KeyKind, number>>>;
  /** Whether tokens of an earlier system, which were imported, are accepted. Default `false`. */
  readonly imported?: boolean;
  /** The most that the user of a key may do; see `PrincipalScopes`. Default: no ceiling. */
  readonly principalScopes?: PrincipalScopes;
  /** Writes refusals in another dialect; status and headers stay. Default: `{ error: { code, message, details } }`. */
  readonly formatError?: FormatError;
  /** Where lines for the developer go. Default `process.emitWarning`. */
  readonly log?: Log;
  /** The present in ms since the epoch. Default `Date.now`. */
  readonly clock?: Clock;
  /** Source of random bytes. Default `crypto.randomBytes`. */
  readonly randomBytes?: RandomBytes;
}
