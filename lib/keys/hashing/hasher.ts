/** What a hasher does: it turns tokens into what is stored, and tells whether a token is the one stored. */
import type { KeyKind } from '../kinds';

/** A digest that an earlier system kept, for {@link Hasher.importHash}. */
export interface ForeignHash {
  /**
   * How the earlier system hashed.
   *
   * - `bcrypt`: `$2a$…`, `$2b$…` or `$2y$…`, cost 4 to 15;
   * - `sha256`: unkeyed;
   * - `hmac-sha512`: with `key`, keyed by that one text; without, keyed by the secret part of each token over
   *   its id part, as PlaceOS keeps its API keys (`covers: 'secret'`).
   */
  readonly algorithm: 'bcrypt' | 'sha256' | 'hmac-sha512';
  /** Hexadecimal, base64 or base64url; for bcrypt the whole `$2b$…` text. */
  readonly digest: string;
  /**
   * What was hashed: the whole token, or of `<id>.<secret>` the part behind the last dot. A secret part holds
   * no dot; an id may (`tenant.key`).
   */
  readonly covers: 'token' | 'secret';
  /**
   * The key of `hmac-sha512`. It must be one of the hasher's peppers, because it is never stored: the stored
   * form names it by its id alone.
   */
  readonly key?: string;
}

/**
 * Hashes tokens and verifies them. Stored forms describe themselves, so keys of every form live side by side:
 *
 * | form | what |
 * |---|---|
 * | `sha256:<base64url>` | SHA-256 of the token |
 * | `hmac-sha256:<pepper id>:<base64url>` | HMAC-SHA-256 of the token with that pepper |
 * | `bcrypt:<tag>:<$2b$…>` | bcrypt of the token; the tag is 32 bits of its SHA-256, or `-` for none |
 * | `bcrypt-sha256:-:<$2b$…>` | bcrypt of the base64 of the SHA-256, for tokens of more than 72 bytes |
 * | `imported-sha256:secret:…`, `imported-bcrypt:secret:…`, `imported-hmac-sha512:<covers>:<pepper id or ->:…` | see {@link Hasher.importHash} |
 *
 * Comparisons take the same time wherever the first difference is.
 */
export interface Hasher {
  /**
   * The stored form of a token. Temporary and publishable keys: SHA-256. Secret and scoped ones: HMAC-SHA-256
   * with the current pepper, or bcrypt when there is none; only then a promise.
   *
   * A tag is stored beside bcrypt only for a token with latchkey's checksum, whose randomness is known.
   */
  hash(kind: KeyKind, token: string): string | Promise<string>;
  /**
   * Whether `token` is the one that is stored. A promise only when bcrypt must run: never when a tag does not
   * match. A form or pepper that is not known here is `false`; {@link Hasher.readable} tells the difference.
   */
  verify(stored: string, token: string): boolean | Promise<boolean>;
  /**
   * Whether it can be told at once, without bcrypt, that `token` is not the one that is stored. `false` says
   * nothing.
   */
  refutes(stored: string, token: string): boolean;
  /** Whether the form and the pepper of a stored hash are known here. */
  readable(stored: string): boolean;
  /**
   * Whether a fresh hash for this kind would take the stored form: the same algorithm, the current pepper, and
   * at least the current bcrypt cost. If not, hash again at the next successful use.
   */
  isCurrent(stored: string, kind: KeyKind): boolean;
  /** Whether a wrong token would reach bcrypt, so that verification must go through a bounded queue. */
  needsQueue(stored: string): boolean;
  /** The `lookup` under which an imported token that does not carry its id is stored: the first candidate. */
  lookup(token: string): string;
  /**
   * Every `lookup` under which the token may be stored, the current one first: `hmac:<pepper id>:…` with each
   * pepper, then `sha256:…`. The last equals the stored form of an imported SHA-256 digest of the whole token.
   */
  lookupFor(token: string): string[];
  /**
   * The stored form of an earlier system's digest.
   *
   * @throws InvalidValueError - when the digest has the wrong length or shape, or the key is no pepper. No
   * message holds any part of the digest or the key.
   */
  importHash(foreign: ForeignHash): string;
  /** SHA-256 of a token in hexadecimal: under this, and never under the token, things are cached. */
  digest(token: string): string;
}
