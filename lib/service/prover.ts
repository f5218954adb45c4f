/** Finds out which key a token opens: reads it, and compares the hash where that was not done before. */
import { BulkheadRejectedError, bulkhead } from 'cockatiel';
import { invalidKey, unavailable } from '../denials';
import { ApiKeyError } from '../errors';
import type { Hasher } from '../keys/hashing/hasher';
import { splitToken } from '../keys/hashing/imported';
import type { ParsedToken } from '../keys/token-format';
import type { Clock } from './clock';
import type { Events } from './events';
import { lookupName, type KeyCache } from './key-cache';
import type { KeyEntry } from './key-entry';
import type { KeyReader } from './key-reader';
import type { Rehash } from './rehash';
import { denied, type Denied } from './verdict';

/** Imported keys have no tag, so their bcrypt runs are bounded: at once, and waiting. */
const QUEUE_RUNNING = 2;
const QUEUE_WAITING = 64;

/** What a prover needs. */
export interface ProverOptions {
  readonly cache: KeyCache;
  readonly reader: KeyReader;
  readonly hasher: Hasher;
  readonly events: Events;
  readonly clock: Clock;
  readonly rehash: Rehash;
}

/** What a token came to, before any rule: the key that it opens, or why it opens none. */
export type Proved =
  | { readonly entry: KeyEntry; readonly sequence: number }
  | { readonly entry: null; readonly refused: Denied; readonly name: string; readonly sequence: number };

/** A proof under way, and the key that it is about as far as that is known. */
interface Flight {
  readonly name: string;
  readonly sequence: number;
  readonly proved: Promise<Proved>;
}

/** Proves tokens. */
export class Prover {
  readonly #options: ProverOptions;
  readonly #cache: KeyCache;
  readonly #clock: Clock;
  readonly #flights = new Map<string, Flight>();
  readonly #slowHashes = bulkhead(QUEUE_RUNNING, QUEUE_WAITING);

  constructor(options: ProverOptions) {
    this.#options = options;
    this.#cache = options.cache;
    this.#clock = options.clock;
  }

  /**
   * Proves a token: `parsed` when it has this library's own shape, else as one of an earlier system. One proof
   * at a time for each token, however many requests bring it, unless the key changed since it began.
   * @throws ApiKeyError `UNAVAILABLE`.
   */
  prove(token: string, digest: string, parsed: ParsedToken | null): Promise<Proved> {
    const flight = this.#flights.get(digest);
    if (flight !== undefined && !this.#cache.isOutdated(flight.name, flight.sequence)) return flight.proved;
    const name = parsed?.id ?? this.#cache.proof(digest)?.id ?? digest;
    const sequence = this.#cache.nextSequence();
    const proved = (
      parsed === null ? this.#proveImported(token, digest) : this.#proveOwn(token, digest, parsed)
    ).finally(() => {
      if (this.#flights.get(digest)?.proved === proved) this.#flights.delete(digest);
    });
    this.#flights.set(digest, { name, sequence, proved });
    return proved;
  }

  async #proveOwn(token: string, digest: string, parsed: ParsedToken): Promise<Proved> {
    const { entry, sequence } = await this.read(parsed.id);
    const refused = (reason: 'key_unknown' | 'secret_wrong'): Proved => {
      return { entry: null, refused: denied(invalidKey(reason), parsed.id), name: parsed.id, sequence };
    };
    if (entry?.record.kind !== parsed.kind) return refused('key_unknown');
    return (await this.#matches(entry, token, digest)) ? { entry, sequence } : refused('secret_wrong');
  }

  /** Tries the id that the token proved or carries, then the look-ups under which it may have been stored. */
  async #proveImported(token: string, digest: string): Promise<Proved> {
    const { hasher, reader } = this.#options;
    const sequence = this.#cache.nextSequence();
    const known = this.#cache.proof(digest)?.id ?? splitToken(token)?.id ?? null;
    // The current look-up last: a re-hash moves a key there, and must not move it past this search.
    const lookups = hasher.lookupFor(token).reverse();
    const reads = [
      ...(known === null ? [] : [{ name: known, read: () => this.read(known) }]),
      ...lookups.map((lookup) => ({ name: lookupName(lookup), read: () => reader.byLookup(lookup) })),
    ];
    let keyId: string | null = null;
    for (const { name, read } of reads) {
      if (this.#cache.isUnknown(name, this.#clock())) continue;
      const found = await read();
      if (found.entry === null) continue;
      keyId = found.entry.record.id;
      if (await this.#matches(found.entry, token, digest)) {
        return { entry: found.entry, sequence: found.sequence };
      }
    }
    const reason = keyId === null ? 'key_unknown' : 'secret_wrong';
    return { entry: null, refused: denied(invalidKey(reason), keyId), name: keyId ?? digest, sequence };
  }

  /** A key that is fresh in the cache, or else in the store. @throws ApiKeyError `UNAVAILABLE`. */
  async read(id: string): Promise<{ readonly entry: KeyEntry | null; readonly sequence: number }> {
    const entry = this.#cache.fresh(id, this.#clock());
    return entry === undefined
      ? this.#options.reader.byId(id)
      : { entry, sequence: this.#cache.nextSequence() };
  }

  async #matches(entry: KeyEntry, token: string, digest: string): Promise<boolean> {
    const { hasher, rehash } = this.#options;
    const { id, kind, hash, lookup } = entry.record;
    const proof = this.#cache.proof(digest);
    if (proof?.id !== id || proof.hash !== hash) {
      if (!(await this.#check(hash, token))) return false;
      this.#cache.prove(digest, { id, hash });
    }
    const isCurrent = hasher.isCurrent(hash, kind) && (lookup === null || lookup === hasher.lookup(token));
    if (!isCurrent) rehash(entry.record, token, digest);
    return true;
  }

  async #check(hash: string, token: string): Promise<boolean> {
    const { events } = this.#options;
    if (!events.wanted('hash_compared')) return this.#compare(hash, token);
    const start = performance.now();
    try {
      return await this.#compare(hash, token);
    } finally {
      const algorithm = hash.slice(0, hash.indexOf(':'));
      events.emit('hash_compared', { algorithm, ms: performance.now() - start, at: this.#clock() });
    }
  }

  async #compare(hash: string, token: string): Promise<boolean> {
    const { hasher } = this.#options;
    if (!hasher.needsQueue(hash)) return hasher.verify(hash, token);
    try {
      return await this.#slowHashes.execute(() => hasher.verify(hash, token));
    } catch (error) {
      if (error instanceof BulkheadRejectedError) throw new ApiKeyError(unavailable(), { cause: error });
      throw error;
    }
  }
}
