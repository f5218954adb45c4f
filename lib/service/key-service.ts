/** The service: everything that can be done with keys, without HTTP. */
import type { Hasher } from '../keys/hashing/hasher';
import type { ScopeCatalogue } from '../keys/scope-catalogue';
import type { TokenFormat } from '../keys/token-format';
import type { ChangeBus } from '../stores/change-bus';
import type { KeyStore, LastUsed } from '../stores/key-store';
import { Background } from './background';
import type { Clock } from './clock';
import type { Caps, ServiceContext } from './context';
import { createCreateKey, type CreateKey } from './create-key';
import { createDueKeys, type DueKeys } from './due-keys';
import { createEntryFactory } from './entry-factory';
import { Events } from './events';
import { findKey, readOptions, type OwnerFilter } from './find-key';
import { createGrants } from './grants';
import { createExplainKey, type ExplainKey } from './explain-key';
import { createImportKeys, type ImportKeys } from './import-keys';
import { KeyCache } from './key-cache';
import { keyInfo, type KeyInfo } from './key-info';
import { KeyReader, type PrincipalScopes } from './key-reader';
import { createListKeys, type ListKeys } from './list-keys';
import { createMintTemporary, type MintTemporary } from './mint-temporary';
import { Publisher } from './publisher';
import { createPurgeExpired, type PurgeExpired } from './purge-expired';
import { createRehash } from './rehash';
import { createReverify, type Reverify } from './reverify';
import { createRevokeKey, type RevokeKey } from './revoke-key';
import { createRotateKey, type RotateKey } from './rotate-key';
import { shutDown } from './shut-down';
import { createStoreClient, type BreakerState } from './store-client';
import { createUpdateKey, type UpdateKey } from './update-key';
import { Verifier } from './verifier';
import type { Realm } from './verified-key';

/** A complete configuration of the service. */
export interface KeyServiceOptions {
  readonly store: KeyStore;
  readonly catalogue: ScopeCatalogue;
  readonly hasher: Hasher;
  readonly tokens: TokenFormat;
  readonly clock: Clock;
  readonly bus: ChangeBus | null;
  readonly caps: Caps;
  readonly imported: boolean;
  readonly principalScopes: PrincipalScopes | null;
  /** In ms. */
  readonly storeTimeout: number;
  readonly maxInFlight: number;
  /** In ms; 0 for never. */
  readonly staleIfError: number;
  readonly cache: {
    /** In ms. */
    readonly ttl: number;
    readonly maxKeys: number;
    /** In ms. */
    readonly unknownTtl: number;
  };
}

/** What can be done with keys. */
export interface KeyService {
  /** Identity of this service: the keys that it verified carry it. */
  readonly realm: Realm;
  readonly events: Events;
  readonly clock: Clock;
  readonly catalogue: ScopeCatalogue;
  readonly tokens: TokenFormat;
  readonly verify: Verifier['verify'];
  readonly reverify: Reverify;
  readonly explain: ExplainKey;
  readonly create: CreateKey;
  readonly mintTemporary: MintTemporary;
  readonly update: UpdateKey;
  readonly revoke: RevokeKey;
  readonly rotate: RotateKey;
  readonly list: ListKeys;
  readonly due: DueKeys;
  readonly import: ImportKeys;
  /** One key, read from the store. @throws ApiKeyError `NOT_FOUND`, `UNAVAILABLE`. */
  readonly get: (id: string, filter?: OwnerFilter) => Promise<KeyInfo>;
  readonly purgeExpired: PurgeExpired;
  readonly breakerState: () => BreakerState;
  readonly cacheSize: () => { readonly keys: number; readonly proofs: number };
  /** Verifications that the cache answered, and those that it could not, since the start. */
  readonly cacheCounts: () => { readonly hits: number; readonly misses: number };
  /** Runs `task` when the service closes, while the store can still be asked. */
  readonly onClose: (task: () => Promise<unknown>) => void;
  /** Writes when keys were last used, where the store can. @throws ApiKeyError `UNAVAILABLE`. */
  readonly touch: (batch: readonly LastUsed[]) => Promise<void>;
  /**
   * Ends work in the background, the change bus and the store, within 5 s. Safe to call twice. Never rejects:
   * a failure is told as a `failure` event, and what hangs is left behind.
   */
  readonly close: () => Promise<void>;
}

/** Puts the service together. */
export function createKeyService(options: KeyServiceOptions): KeyService {
  const { catalogue, hasher, tokens, clock, bus } = options;
  const events = new Events();
  const background = new Background(events, clock);
  const cache = new KeyCache(options.cache);
  const grantOf = createGrants(catalogue);
  const realm: Realm = Object.freeze({ parseScope: (text: string) => catalogue.parse(text) });
  const entries = createEntryFactory(grantOf, realm);
  const store = createStoreClient({
    store: options.store,
    timeout: options.storeTimeout,
    maxInFlight: options.maxInFlight,
    onDown: (error) => {
      events.emit('store_down', { error, at: clock() });
    },
    onUp: () => {
      events.emit('store_up', { at: clock() });
    },
    onCall: (operation, ms, ok) => {
      if (events.wanted('store_call')) events.emit('store_call', { operation, ms, ok, at: clock() });
    },
  });
  const publisher = new Publisher({ bus, cache, events, background, clock });
  const reader = new KeyReader({
    cache,
    store,
    entries,
    catalogue,
    clock,
    principalScopes: options.principalScopes,
    timeout: options.storeTimeout,
    staleIfError: options.staleIfError,
  });
  const rehash = createRehash({ hasher, store, cache, background, clock });
  const verifier = new Verifier({
    cache,
    reader,
    entries,
    hasher,
    tokens,
    events,
    clock,
    rehash,
    imported: options.imported,
  });
  const context: ServiceContext = {
    store,
    cache,
    publisher,
    hasher,
    tokens,
    catalogue,
    grantOf,
    events,
    clock,
    caps: options.caps,
  };

  const closers: (() => Promise<unknown>)[] = [];
  const list = createListKeys(context);
  let closing: Promise<void> | undefined;

  return {
    realm,
    events,
    clock,
    catalogue,
    tokens,
    verify: verifier.verify.bind(verifier),
    reverify: createReverify(reader, entries, clock),
    explain: createExplainKey({ reader, catalogue, grantOf, clock }),
    create: createCreateKey(context),
    mintTemporary: createMintTemporary(context),
    update: createUpdateKey(context),
    revoke: createRevokeKey(context),
    rotate: createRotateKey(context),
    list,
    due: createDueKeys(list, clock),
    import: createImportKeys(context),
    get: async (id, filter = {}) => {
      readOptions(filter, ['ownerId']);
      return keyInfo(await findKey(context, id, filter));
    },
    purgeExpired: createPurgeExpired(store, clock),
    breakerState: () => store.state,
    cacheSize: () => cache.size,
    cacheCounts: () => verifier.cacheCounts,
    onClose: (task) => {
      closers.push(task);
    },
    touch: (batch) => store.call('touch', async (port) => port.touch?.(batch)),
    close: () =>
      (closing ??= shutDown({ background, publisher, store: options.store, events, clock, closers })),
  };
}
