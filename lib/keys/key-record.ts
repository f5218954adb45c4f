/** The record of a key, as stores keep it. */
import type { KeyKind } from './kinds';

/** At most `limit` requests in each window of `windowSeconds`. */
export interface RateLimit {
  /** Requests a window; a positive whole number. */
  readonly limit: number;
  /** Length of the window in seconds; a positive whole number. */
  readonly windowSeconds: number;
}

/** At most `limit` requests a calendar period (UTC). */
export interface Quota {
  /** Requests a period; a positive whole number. */
  readonly limit: number;
  readonly period: 'day' | 'month';
}

/** Plain JSON data that the host keeps with a key. */
export type KeyMetadata = Readonly<Record<string, unknown>>;

/**
 * A stored key. It holds a hash and never the token. Every time is in milliseconds since the Unix epoch
 * (UTC). Records are values: nobody changes one in place.
 */
export interface KeyRecord {
  /** The id that the token carries: 16 base62 characters, or an imported key's own id. Not secret. */
  readonly id: string;
  readonly kind: KeyKind;
  /** Self-describing hash of the token; see `keys/hashing/`. */
  readonly hash: string;
  /**
   * How an imported token that does not carry its id is found, such as `sha256:…`; unique.
   * `null` for keys that latchkey generated.
   */
  readonly lookup: string | null;
  /** What people call the key. */
  readonly name: string;
  /** Free text; empty when none was given. */
  readonly description: string;
  /** The organization or tenant that the key belongs to. */
  readonly ownerId: string;
  /** The user that the key acts as, or `null` when it acts as itself. */
  readonly userId: string | null;
  /** Scopes in the notation in which they were written; empty grants nothing. */
  readonly scopes: readonly string[];
  /** Name of a catalogue level that caps the scopes, or `null`. */
  readonly level: string | null;
  /** Normalized Origin entries of a publishable key; empty allows nobody. */
  readonly origins: readonly string[];
  /** Addresses and CIDR ranges that may use the key; empty means no such condition. */
  readonly addresses: readonly string[];
  /** Host names that the key belongs to; empty means no such condition. */
  readonly hosts: readonly string[];
  readonly rateLimit: RateLimit | null;
  readonly quota: Quota | null;
  /** The secret key that a temporary key was minted from, or `null`. */
  readonly parentId: string | null;
  readonly metadata: KeyMetadata;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** The key is refused from this moment on; `null` means never. */
  readonly expiresAt: number | null;
  /** Set while the key is switched off. */
  readonly disabledAt: number | null;
  /** Set once, never taken back. */
  readonly revokedAt: number | null;
  /** When the key was rotated: its successor is `replacedById`. */
  readonly rotatedAt: number | null;
  readonly replacedById: string | null;
  /** When the key last passed verification, as far as flushed. */
  readonly lastUsedAt: number | null;
  /** Grows by one with every change but `lastUsedAt`. Starts at 1. */
  readonly version: number;
}

/** The fields that {@link KeyRecord} holds and an update may change. */
export type KeyChanges = Partial<
  Pick<
    KeyRecord,
    | 'hash'
    | 'lookup'
    | 'name'
    | 'description'
    | 'userId'
    | 'scopes'
    | 'level'
    | 'origins'
    | 'addresses'
    | 'hosts'
    | 'rateLimit'
    | 'quota'
    | 'metadata'
    | 'expiresAt'
    | 'disabledAt'
    | 'rotatedAt'
    | 'replacedById'
  >
>;
