/** The two-level cache of verified keys, and what it must not believe any more. */
import { LRUCache } from 'lru-cache';
import type { KeyEntry } from './key-entry';

/** What a token proved: the key that it opens, and the stored hash that it matched. */
export interface Proof {
  readonly id: string;
  readonly hash: string;
}

/** Reads of a key that started before this point of the sequence are outdated. */
interface Floor {
  readonly sequence: number;
  readonly revoked: boolean;
}

/** Sizes and times of the cache. */
export interface KeyCacheOptions {
  /** How long a record may be used after its read was started, in ms; 0 reads it for every request. */
  readonly ttl: number;
  /** How many keys are held, and how many proofs. */
  readonly maxKeys: number;
  /** How long an unknown id is refused without asking the store, in ms. */
  readonly unknownTtl: number;
}

/**
 * The name under which a look-up is remembered as unknown or as being read. It starts with a space, which no
 * token holds, so that no id can pass for a look-up.
 */
export function lookupName(lookup: string): string {
  return ` ${lookup}`;
}

/** How many unknown ids are remembered. */
const MAX_UNKNOWN = 10_000;
/** How many invalidations are remembered, at least. */
const MIN_FLOORS = 10_000;

/**
 * Level 1: digest of a token → {@link Proof}, valid as long as the record's hash is the proven one.
 * Level 2: key id → {@link KeyEntry}, fresh for `ttl`.
 *
 * Every read takes a number from a sequence when it starts, and every invalidation takes one when it
 * happens: a read with a smaller number than the key's last invalidation is outdated and is never believed,
 * however late it arrives. A revocation stays known after that.
 */
export class KeyCache {
  readonly #proofs: LRUCache<string, Proof>;
  readonly #entries: LRUCache<string, KeyEntry>;
  readonly #unknown: LRUCache<string, number>;
  readonly #floors: LRUCache<string, Floor>;
  readonly #ttl: number;
  readonly #unknownTtl: number;
  #sequence = 0;
  /** Everything read before this point is outdated. */
  #floor = 0;

  constructor(options: KeyCacheOptions) {
    this.#ttl = options.ttl;
    this.#unknownTtl = options.unknownTtl;
    this.#proofs = new LRUCache({ max: options.maxKeys });
    this.#entries = new LRUCache({ max: options.maxKeys });
    this.#unknown = new LRUCache({ max: MAX_UNKNOWN });
    this.#floors = new LRUCache({
      max: Math.max(MIN_FLOORS, options.maxKeys),
      dispose: (floor, _id, reason) => {
        // What is forgotten of one key holds for all: a read may be slower than many invalidations.
        if (reason === 'evict') this.#floor = Math.max(this.#floor, floor.sequence);
      },
    });
  }

  /** Number for a read that starts now. */
  nextSequence(): number {
    return ++this.#sequence;
  }

  /** What the token with this digest proved before. */
  proof(digest: string): Proof | undefined {
    return this.#proofs.get(digest);
  }

  /** Remembers what a token proved. */
  prove(digest: string, proof: Proof): void {
    this.#proofs.set(digest, proof);
  }

  /** The entry of a key, if it may still be used at `now`. */
  fresh(id: string, now: number): KeyEntry | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    const age = now - entry.readAt;
    // A clock that was set back must not prolong an entry.
    return age < this.#ttl && age >= 0 ? entry : undefined;
  }

  /** The entry of a key, however old. For `staleIfError` alone. */
  stale(id: string): KeyEntry | undefined {
    return this.#entries.peek(id);
  }

  /** Keeps an entry, unless it is outdated or a later read is held. */
  keep(entry: KeyEntry): void {
    const { id } = entry.record;
    if (this.isOutdated(id, entry.sequence)) return;
    const held = this.#entries.peek(id);
    if (held !== undefined && held.sequence > entry.sequence) return;
    this.#unknown.delete(id);
    this.#entries.set(id, entry);
  }

  /**
   * Whether something happened to the key since the read with this number started. Only for reads under way:
   * entries that are held are never outdated, whatever their number.
   */
  isOutdated(id: string, sequence: number): boolean {
    if (sequence < this.#floor) return true;
    const floor = this.#floors.get(id);
    return floor !== undefined && sequence < floor.sequence;
  }

  /** Whether the key is known as revoked, whatever a store says. */
  isRevoked(id: string): boolean {
    return this.#floors.get(id)?.revoked === true;
  }

  /** Forgets what is known of a key: it changed. With `revoked`, it is refused from now on. */
  invalidate(id: string, revoked = false): void {
    const known = this.#floors.get(id)?.revoked === true;
    this.#floors.set(id, { sequence: this.nextSequence(), revoked: revoked || known });
    this.#entries.delete(id);
    this.#unknown.delete(id);
  }

  /** Forgets every record: changes may have been missed. Proofs and revocations stay. */
  invalidateAll(): void {
    this.#floor = this.nextSequence();
    this.#entries.clear();
    this.#unknown.clear();
  }

  /** Whether the store said less than `unknownTtl` ago that there is no such id or look-up. */
  isUnknown(name: string, now: number): boolean {
    const since = this.#unknown.get(name);
    if (since === undefined) return false;
    const age = now - since;
    return age < this.#unknownTtl && age >= 0;
  }

  /** Remembers that a read, numbered `sequence` and started at `readAt`, found nothing. */
  keepUnknown(name: string, sequence: number, readAt: number): void {
    if (!this.isOutdated(name, sequence)) this.#unknown.set(name, readAt);
  }

  /** Forgets that an id or look-up is unknown: it has just been created. */
  created(name: string): void {
    this.invalidate(name);
  }

  /** How many keys and proofs are held. */
  get size(): { readonly keys: number; readonly proofs: number } {
    return { keys: this.#entries.size, proofs: this.#proofs.size };
  }
}
