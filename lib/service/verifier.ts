/** From a token to a verdict: synchronous when everything needed is in the cache. */
import { BulkheadRejectedError, bulkhead } from 'cockatiel';
import { invalidKey, unavailable } from '../denials';
import { ApiKeyError } from '../errors';
import type { Hasher } from '../keys/hashing/hasher';
import { splitToken } from '../keys/hashing/imported';
import { sha256Hex } from '../keys/hashing/sha256';
import type { ParsedToken, TokenFormat } from '../keys/token-format';
import type { Clock } from './clock';
import type { EntryFactory } from './entry-factory';
import type { Events } from './events';
import { MAX_TOKEN_LENGTH, isImportable } from './imported-tokens';
import { judge } from './judge';
import { lookupName, type KeyCache } from './key-cache';
import type { KeyEntry } from './key-entry';
import type { KeyReader } from './key-reader';
import { kindBit, type KindMask } from './kind-mask';
import type { Rehash } from './rehash';
import type { RequestFacts } from './request-facts';
import { denied, type Denied, type Verdict } from './verdict';

/** How often verification starts again because the key changed while it ran. */
const MAX_ATTEMPTS = 5;
/** Imported keys have no tag, so their bcrypt runs are bounded: at once, and waiting. */
const QUEUE_RUNNING = 2;
const QUEUE_WAITING = 64;

const MALFORMED = denied(invalidKey('key_malformed'));

/** What a verifier needs. */
export interface VerifierOptions {
  readonly cache: KeyCache;
  readonly reader: KeyReader;
  readonly entries: EntryFactory;
  readonly hasher: Hasher;
  readonly tokens: TokenFormat;
  readonly events: Events;
  readonly clock: Clock;
  readonly rehash: Rehash;
  /** Whether tokens of an earlier system are looked up at all. */
  readonly imported: boolean;
}

/** What a token came to, before any rule: the key that it opens, or why it opens none. */
type Proved =
  | { readonly entry: KeyEntry; readonly sequence: number }
  | { readonly entry: null; readonly refused: Denied; readonly name: string; readonly sequence: number };

/** Verifies tokens. */
export class Verifier {
  readonly #options: VerifierOptions;
  readonly #cache: KeyCache;
  readonly #clock: Clock;
  readonly #flights = new Map<string, Promise<Proved>>();
  readonly #slowHashes = bulkhead(QUEUE_RUNNING, QUEUE_WAITING);
  #hits = 0;
  #misses = 0;

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.#cache = options.cache;
    this.#clock = options.clock;
  }

  /**
   * The verdict on a token that a carrier for `kinds` brought. Synchronous, without a promise, a timer or a
   * store, when the key is cached, and for every refusal that needs no store. Never throws and never
   * rejects: where the verdict is unknown it is `UNAVAILABLE`.
   */
  verify<R>(token: string, kinds: KindMask, facts: RequestFacts<R>, request: R): Verdict | Promise<Verdict> {
    if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH) return MALFORMED;
    const now = this.#clock();
    const digest = sha256Hex(token);
    const proof = this.#cache.proof(digest);
    if (proof !== undefined) {
      const entry = this.#cache.fresh(proof.id, now);
      if (entry?.record.hash === proof.hash) {
        const { parentId } = entry.record;
        if (parentId === null) {
          this.#hits += 1;
          return this.#judge(entry, null, kinds, facts, request, now);
        }
        const parent = this.#cache.fresh(parentId, now);
        if (parent !== undefined) {
          this.#hits += 1;
          return this.#judge(entry, parent, kinds, facts, request, now);
        }
      }
    }
    this.#misses += 1;
    return this.#verifyUnproven(token, digest, kinds, facts, request, now);
  }

  /** How many verifications the cache answered, and how many it could not. */
  get cacheCounts(): { readonly hits: number; readonly misses: number } {
    return { hits: this.#hits, misses: this.#misses };
  }

  /** A token that the cache cannot vouch for: refused at once where that needs no store. */
  #verifyUnproven<R>(
    token: string,
    digest: string,
    kinds: KindMask,
    facts: RequestFacts<R>,
    request: R,
    now: number,
  ): Verdict | Promise<Verdict> {
    const { tokens, hasher, imported } = this.#options;
    const parsed = tokens.parse(token);
    if (parsed === null) {
      if (!imported || !isImportable(token)) return MALFORMED;
    } else {
      if ((kindBit(parsed.kind) & kinds) === 0) return denied(invalidKey('kind_wrong'), parsed.id);
      if (this.#cache.isUnknown(parsed.id, now)) return denied(invalidKey('key_unknown'), parsed.id);
      const entry = this.#cache.fresh(parsed.id, now);
      if (entry !== undefined && hasher.refutes(entry.record.hash, token)) {
        return denied(invalidKey('secret_wrong'), parsed.id);
      }
    }
    return this.#verifyLater(token, digest, parsed, kinds, facts, request);
  }

  async #verifyLater<R>(
    token: string,
    digest: string,
    parsed: ParsedToken | null,
    kinds: KindMask,
    facts: RequestFacts<R>,
    request: R,
  ): Promise<Verdict> {
    try {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
        const proved = await this.#join(token, digest, parsed);
        const name = proved.entry === null ? proved.name : proved.entry.record.id;
        if (this.#cache.isOutdated(name, proved.sequence)) continue;
        if (proved.entry === null) return proved.refused;
        const { parentId } = proved.entry.record;
        if (parentId === null) return this.#judge(proved.entry, null, kinds, facts, request, this.#clock());
        const parent = await this.#read(parentId);
        // The key or its parent may have changed while the parent was read.
        if (this.#cache.isOutdated(name, proved.sequence)) continue;
        if (this.#cache.isOutdated(parentId, parent.sequence)) continue;
        return this.#judge(proved.entry, parent.entry, kinds, facts, request, this.#clock());
      }
      return denied(unavailable(), parsed?.id);
    } catch (error) {
      if (error instanceof ApiKeyError && error.code === 'UNAVAILABLE') {
        return denied(error.denial, parsed?.id);
      }
      return this.#failed(error, parsed?.id);
    }
  }

  #failed(error: unknown, keyId: string | undefined): Denied {
    this.#options.events.emit('failure', { task: 'verification', error, at: this.#clock() });
    return denied(unavailable(), keyId);
  }

  /** One proof at a time for each token, however many requests bring it. */
  #join(token: string, digest: string, parsed: ParsedToken | null): Promise<Proved> {
    let flight = this.#flights.get(digest);
    if (flight === undefined) {
      flight = (
        parsed === null ? this.#proveImported(token, digest) : this.#prove(token, digest, parsed)
      ).finally(() => this.#flights.delete(digest));
      this.#flights.set(digest, flight);
    }
    return flight;
  }

  async #prove(token: string, digest: string, parsed: ParsedToken): Promise<Proved> {
    const { entry, sequence } = await this.#read(parsed.id);
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
      ...(known === null ? [] : [{ name: known, read: () => this.#read(known) }]),
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

  async #read(id: string): Promise<{ readonly entry: KeyEntry | null; readonly sequence: number }> {
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
      const [algorithm = ''] = hash.split(':', 1);
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

  #judge<R>(
    entry: KeyEntry,
    parent: KeyEntry | null,
    kinds: KindMask,
    facts: RequestFacts<R>,
    request: R,
    now: number,
  ): Verdict {
    let denial;
    try {
      denial = judge(entry, parent, kinds, facts, request, now);
    } catch (error) {
      return this.#failed(error, entry.record.id);
    }
    if (denial !== null) return denied(denial, entry.record.id);
    return entry.granted !== null && entry.grantedUnder === parent
      ? entry.granted
      : this.#options.entries.granted(entry, parent);
  }
}
