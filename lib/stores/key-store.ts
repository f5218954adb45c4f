/** The KeyStore port: what the service asks of a store, and what a store promises. */
import type { KeyKind } from '../keys/kinds';
import type { KeyChanges, KeyRecord } from '../keys/key-record';

/** Outcome of {@link KeyStore.create}. */
export type CreateOutcome = 'created' | 'duplicate' | 'cap_reached';

/** Outcome of {@link KeyStore.update}. */
export type UpdateOutcome =
  | { readonly outcome: 'updated'; readonly record: KeyRecord }
  | { readonly outcome: 'not_found' }
  /**
   * The stored version is another, the key is revoked, or another key has the new lookup; `record` is what
   * is stored now.
   */
  | { readonly outcome: 'conflict'; readonly record: KeyRecord };

/** Outcome of {@link KeyStore.rotate}. */
export type RotateOutcome =
  | { readonly outcome: 'rotated'; readonly record: KeyRecord }
  | { readonly outcome: 'not_found' }
  | { readonly outcome: 'conflict'; readonly record: KeyRecord }
  | { readonly outcome: 'duplicate' };

/** What {@link KeyStore.list} selects. Every condition given must hold. */
export interface ListQuery {
  readonly ownerId?: string;
  readonly kinds?: readonly KeyKind[];
  readonly userId?: string;
  readonly parentId?: string;
  /**
   * `live`: neither revoked nor expired at `now`. `revoked`: revoked, expired or not. `expired`: expired,
   * revoked or not. Default: all.
   */
  readonly state?: 'live' | 'revoked' | 'expired';
  /** The moment that `state` is judged by, in ms. */
  readonly now: number;
  /** Part of the name, compared as `foldName` says: whatever the case. `%` and `_` stand for themselves. */
  readonly nameContains?: string;
  /** How many records at most; a whole number from 1 to 1000. */
  readonly limit: number;
  /** Start behind this record, in the order of the list. */
  readonly after?: ListPosition;
}

/** A place in the order of a list: newest first, ties by the UTF-8 bytes of the id, descending. */
export interface ListPosition {
  readonly createdAt: number;
  readonly id: string;
}

/** One flushed "last used" of a key. */
export interface LastUsed {
  readonly id: string;
  /** In ms since the epoch. An older value never replaces a newer one. */
  readonly lastUsedAt: number;
}

/**
 * Where keys live. Any method may reject: the service then answers 503 and changes nothing. A store holds
 * no cache of its own and gives no verdicts; it keeps records exactly as given, compares ids, lookups and
 * owners byte for byte, and never shares an object with its caller. What `record-limits.ts` refuses, every
 * adapter refuses with an `InvalidValueError` before it writes; a look-up for such a value finds nothing.
 *
 * Required methods come first, then the recommended and the optional ones. The contract suite in
 * `latchkey/testing` proves an adapter.
 */
export interface KeyStore {
  /**
   * Stores a new record whole, or not at all.
   *
   * - `duplicate` when the id, or a non-null lookup, is taken, by a revoked key too.
   * - With `cap`: `cap_reached` when the owner already has `cap` keys of the record's kind that are live at
   *   `now` (neither revoked, nor expired, nor replaced by rotation). Exact under parallel creations, from
   *   several processes too.
   */
  create(record: KeyRecord, cap?: { readonly limit: number; readonly now: number }): Promise<CreateOutcome>;

  /** The record, revoked and expired ones too, or `null`. Sees every write that was answered before. */
  findById(id: string): Promise<KeyRecord | null>;

  /** The imported record with this lookup, or `null`. */
  findByLookup(lookup: string): Promise<KeyRecord | null>;

  /**
   * Changes the named fields, `updatedAt` to `now`, and adds one to `version`, if the stored version is
   * `version` and the key is not revoked. Fields that are not named keep what is stored.
   */
  update(id: string, version: number, changes: KeyChanges, now: number): Promise<UpdateOutcome>;

  /**
   * Sets `revokedAt` and `updatedAt` to `now` and adds one to `version`; a key that is revoked already stays as it is.
   * Answers the record as stored, or `null` for an unknown id. Durable when it answers. Never taken back
   * by any other method.
   */
  revoke(id: string, now: number): Promise<KeyRecord | null>;

  /**
   * In one step: applies `changes` to the old record as {@link KeyStore.update} does, and stores
   * `successor`. Both or neither.
   */
  rotate(
    id: string,
    version: number,
    changes: KeyChanges,
    successor: KeyRecord,
    now: number,
  ): Promise<RotateOutcome>;

  /** Records newest first; see {@link ListQuery}. Shorter than `limit` only at the end. */
  list(query: ListQuery): Promise<KeyRecord[]>;

  /**
   * Recommended. Writes `lastUsedAt` in one batch, without touching `version` or `updatedAt`. Unknown ids
   * are passed over. A host without it sees no last use.
   */
  touch?(batch: readonly LastUsed[]): Promise<void>;

  /**
   * Recommended. Deletes records that expired before `before` (ms), at most `limit` of them, and answers
   * how many. Revoked keys without an expiry stay. Without it temporary keys pile up.
   */
  deleteExpired?(before: number, limit: number): Promise<number>;

  /** Optional. Rejects when the store cannot be reached. */
  ping?(): Promise<void>;

  /** Optional. Frees what the adapter itself opened. Safe to call twice. */
  close?(): Promise<void>;
}
