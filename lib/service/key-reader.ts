/** Reads keys through the cache: one store read at a time for each key. */
import { TimeoutStrategy, timeout, type IPolicy } from 'cockatiel';
import { unavailable } from '../denials';
import { ApiKeyError } from '../errors';
import { createGrant, type Grant } from '../keys/grant';
import type { KeyRecord } from '../keys/key-record';
import type { ScopeCatalogue } from '../keys/scope-catalogue';
import type { KeyStore } from '../stores/key-store';
import type { Clock } from './clock';
import type { EntryFactory, ReadMark } from './entry-factory';
import { lookupName, type KeyCache } from './key-cache';
import type { KeyEntry } from './key-entry';
import type { StoreClient } from './store-client';

/**
 * The most that a user may do, from the host: a key never acts above the user that it acts as. `null` sets
 * no ceiling; an empty list lets the key do nothing. A failure, or no answer within `storeTimeout`, makes the
 * verdict unknown (503).
 */
export type PrincipalScopes = (
  userId: string,
  ownerId: string,
) => readonly string[] | null | Promise<readonly string[] | null>;

/** What a reader needs. */
export interface KeyReaderOptions {
  readonly cache: KeyCache;
  readonly store: StoreClient;
  readonly entries: EntryFactory;
  readonly catalogue: ScopeCatalogue;
  readonly clock: Clock;
  readonly principalScopes: PrincipalScopes | null;
  /** How long `principalScopes` may take, in ms. */
  readonly timeout: number;
  /** How old an entry may be that is used while the store fails, in ms; 0 for never. */
  readonly staleIfError: number;
}

/** Outcome of a read. `entry` is `null` for an unknown key. */
export interface Read extends ReadMark {
  readonly entry: KeyEntry | null;
}

/** Finds a record. */
type Find = (port: KeyStore) => Promise<KeyRecord | null>;

/** Reads keys for verification. */
export class KeyReader {
  readonly #options: KeyReaderOptions;
  readonly #limit: IPolicy;
  readonly #flights = new Map<string, { readonly sequence: number; readonly read: Promise<Read> }>();

  constructor(options: KeyReaderOptions) {
    this.#options = options;
    this.#limit = timeout(options.timeout, TimeoutStrategy.Aggressive);
  }

  /**
   * Reads a key by its id. With `fresh`, never answers what was read before a failure of the store.
   * @throws ApiKeyError `UNAVAILABLE`.
   */
  async byId(id: string, fresh = false): Promise<Read> {
    const read = await this.#join(id, (port) => port.findById(id), 'findById');
    const isStale = read.entry !== null && read.entry.sequence !== read.sequence;
    if (fresh && isStale) throw new ApiKeyError(unavailable());
    return read;
  }

  /** Reads an imported key by its look-up. @throws ApiKeyError `UNAVAILABLE`. */
  async byLookup(lookup: string): Promise<Read> {
    return this.#join(lookupName(lookup), (port) => port.findByLookup(lookup), 'findByLookup');
  }

  /** Joins the read that is under way, unless the key has changed since it started. */
  async #join(name: string, find: Find, operation: string): Promise<Read> {
    const { cache } = this.#options;
    const flight = this.#flights.get(name);
    if (flight !== undefined && !cache.isOutdated(name, flight.sequence)) return flight.read;
    const mark = { readAt: this.#options.clock(), sequence: cache.nextSequence() };
    const read = this.#read(name, find, operation, mark).finally(() => {
      if (this.#flights.get(name)?.read === read) this.#flights.delete(name);
    });
    this.#flights.set(name, { sequence: mark.sequence, read });
    return read;
  }

  async #read(name: string, find: Find, operation: string, mark: ReadMark): Promise<Read> {
    const { cache, store } = this.#options;
    let record: KeyRecord | null;
    let ceiling: Grant | null;
    try {
      record = await store.call(operation, find);
      ceiling = record === null ? null : await this.#ceiling(record);
    } catch (error) {
      const stale = this.#stale(name, error);
      if (stale === null) throw error;
      return { ...mark, entry: stale };
    }
    if (record === null) {
      cache.keepUnknown(name, mark.sequence, mark.readAt);
      return { ...mark, entry: null };
    }
    const entry = this.#options.entries.entry(record, mark, cache.isRevoked(record.id), ceiling);
    cache.keep(entry);
    return { ...mark, entry };
  }

  async #ceiling(record: KeyRecord): Promise<Grant | null> {
    const { principalScopes, catalogue } = this.#options;
    const { userId, ownerId } = record;
    if (principalScopes === null || userId === null) return null;
    const scopes = await this.#limit.execute(() => principalScopes(userId, ownerId));
    return scopes === null
      ? null
      : createGrant(
          scopes.map((scope) => catalogue.parse(scope)),
          catalogue,
        );
  }

  #stale(id: string, error: unknown): KeyEntry | null {
    const { cache, staleIfError, clock } = this.#options;
    if (staleIfError === 0 || !(error instanceof ApiKeyError) || error.code !== 'UNAVAILABLE') return null;
    const entry = cache.stale(id);
    if (entry === undefined) return null;
    const age = clock() - entry.readAt;
    return age >= 0 && age < staleIfError ? entry : null;
  }
}
