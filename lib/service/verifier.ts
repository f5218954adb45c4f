/** From a token to a verdict: synchronous when everything needed is in the cache. */
import { invalidKey, unavailable } from '../denials';
import { ApiKeyError } from '../errors';
import { sha256Hex } from '../keys/hashing/sha256';
import type { ParsedToken, TokenFormat } from '../keys/token-format';
import type { Clock } from './clock';
import type { EntryFactory } from './entry-factory';
import { MAX_TOKEN_LENGTH, isImportable } from './imported-tokens';
import { judge } from './judge';
import type { KeyCache } from './key-cache';
import type { KeyEntry } from './key-entry';
import { kindBit, type KindMask } from './kind-mask';
import { Prover, type ProverOptions } from './prover';
import type { RequestFacts } from './request-facts';
import { denied, type Denied, type Verdict } from './verdict';

/** How often verification starts again because the key changed while it ran. */
const MAX_ATTEMPTS = 5;
const MALFORMED = denied(invalidKey('key_malformed'));

/** What a verifier needs. */
export interface VerifierOptions extends ProverOptions {
  readonly entries: EntryFactory;
  readonly tokens: TokenFormat;
  /** Whether tokens of an earlier system are looked up at all. */
  readonly imported: boolean;
}

/** Verifies tokens. */
export class Verifier {
  readonly #options: VerifierOptions;
  readonly #cache: KeyCache;
  readonly #clock: Clock;
  readonly #prover: Prover;
  #hits = 0;
  #misses = 0;

  constructor(options: VerifierOptions) {
    this.#options = options;
    this.#cache = options.cache;
    this.#clock = options.clock;
    this.#prover = new Prover(options);
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
        const proved = await this.#prover.prove(token, digest, parsed);
        const name = proved.entry === null ? proved.name : proved.entry.record.id;
        if (this.#cache.isOutdated(name, proved.sequence)) continue;
        if (proved.entry === null) return proved.refused;
        const { parentId } = proved.entry.record;
        if (parentId === null) return this.#judge(proved.entry, null, kinds, facts, request, this.#clock());
        const parent = await this.#prover.read(parentId);
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
