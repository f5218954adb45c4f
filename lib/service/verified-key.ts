/** A key that passed verification: what the host sees as `req.apiKey`. */
import { inspect } from 'node:util';
import type { Grant } from '../keys/grant';
import type { KeyMetadata, KeyRecord, Quota, RateLimit } from '../keys/key-record';
import type { KeyKind } from '../keys/kinds';
import type { Scope } from '../keys/scope';

/** Who acts: the user that the key acts as, or the key itself. */
export interface Principal {
  readonly type: 'user' | 'key';
  readonly id: string;
  readonly ownerId: string;
}

/** What the keys of one service share. Its identity tells whose keys they are. */
export interface Realm {
  /** Turns the text of a scope into a scope, by the catalogue. */
  readonly parseScope: (text: string) => Scope;
}

let grantOf: (key: VerifiedKey) => Grant;
let realmOf: (key: VerifiedKey) => object;
let payerOf: (key: VerifiedKey) => KeyRecord;
let isVerifiedKey: (value: unknown) => value is VerifiedKey;

/**
 * A verified key: its public fields, its principal, and what it may do now. One object serves every request
 * that the key makes until its record is read again, so it is frozen, and it holds no hash and no token.
 */
export class VerifiedKey {
  readonly #record: KeyRecord;
  readonly #account: KeyRecord;
  readonly #grant: Grant;
  readonly #realm: Realm;
  readonly principal: Principal;

  /** @internal Keys come from verification alone. */
  constructor(record: KeyRecord, grant: Grant, realm: Realm, parent: KeyRecord | null = null) {
    this.#record = record;
    this.#account = parent ?? record;
    this.#grant = grant;
    this.#realm = realm;
    const { userId } = this.#account;
    this.principal = Object.freeze({
      type: userId === null ? 'key' : 'user',
      id: userId ?? record.id,
      ownerId: record.ownerId,
    });
    Object.freeze(this);
  }

  static {
    grantOf = (key) => key.#grant;
    realmOf = (key) => key.#realm;
    payerOf = (key) => key.#account;
    isVerifiedKey = (value): value is VerifiedKey =>
      typeof value === 'object' && value !== null && #grant in value;
  }

  /** The id of the key; not secret, fit for logs. */
  get id(): string {
    return this.#record.id;
  }

  get kind(): KeyKind {
    return this.#record.kind;
  }

  get name(): string {
    return this.#record.name;
  }

  /** The organization or tenant that the key belongs to. */
  get ownerId(): string {
    return this.#record.ownerId;
  }

  /** The user that the key acts as, or `null` when it acts as itself; of a temporary key, its parent's. */
  get userId(): string | null {
    return this.#account.userId;
  }

  /** What the key may do now, after levels and parents, in the notation in which it was written. */
  get scopes(): readonly string[] {
    return this.#grant.scopes;
  }

  get level(): string | null {
    return this.#record.level;
  }

  /** The secret key that a temporary key was minted from, or `null`. */
  get parentId(): string | null {
    return this.#record.parentId;
  }

  /** The key's own limit, or `null`; of a temporary key, its parent's: it counts on the parent. */
  get rateLimit(): RateLimit | null {
    return this.#account.rateLimit;
  }

  /** The key's own quota, or `null`; of a temporary key, its parent's. */
  get quota(): Quota | null {
    return this.#account.quota;
  }

  /** The host's own data; of a temporary key, its parent's. */
  get metadata(): KeyMetadata {
    return this.#account.metadata;
  }

  /** In ms since the epoch. */
  get createdAt(): number {
    return this.#record.createdAt;
  }

  /** In ms since the epoch, or `null` for a key that does not expire. */
  get expiresAt(): number | null {
    return this.#record.expiresAt;
  }

  /** When the key was rotated, in ms since the epoch, or `null`. It lives on until {@link expiresAt}. */
  get rotatedAt(): number | null {
    return this.#record.rotatedAt;
  }

  /** The key that took this one's place by rotation, or `null`. */
  get replacedById(): string | null {
    return this.#record.replacedById;
  }

  /**
   * Whether the key may do `scope` now, on the object `objectId` if one is given.
   * @throws InvalidValueError for a malformed scope, or one that the catalogue does not know.
   */
  can(scope: string, objectId?: string): boolean {
    return this.#grant.allows(this.#realm.parseScope(scope), objectId);
  }

  /** The public fields, for `res.json(req.apiKey)`. */
  toJSON(): Record<string, unknown> {
    return {
      id: this.id,
      kind: this.kind,
      name: this.name,
      ownerId: this.ownerId,
      userId: this.userId,
      scopes: this.scopes,
      level: this.level,
      parentId: this.parentId,
      createdAt: this.createdAt,
      expiresAt: this.expiresAt,
    };
  }

  [inspect.custom](): string {
    return `VerifiedKey ${inspect(this.toJSON())}`;
  }
}

export {
  /** The grant behind a verified key. */
  grantOf,
  /** The realm of the service that verified a key. */
  realmOf,
  /** The record whose limits and quota a key counts on: its own, or the parent's of a temporary key. */
  payerOf,
  /** Whether a value is a key that this copy of the library verified; a look-alike is not. */
  isVerifiedKey,
};
