/** Options become one complete, frozen configuration; everything wrong with them is said at creation. */
import { ConfigurationError, InvalidValueError, shown } from './errors';
import { compileCarriers, type Carriers } from './http/carriers';
import type { FormatError } from './http/error-response';
import type { OnMultiple } from './http/extract-credential';
import { defaultLog, type Log } from './http/runtime';
import type { ApiKeysOptions, CacheOptions } from './option-types';
import { createHasher } from './keys/hashing/create-hasher';
import type { KeyKind } from './keys/kinds';
import { OPEN_CATALOGUE, type ScopeCatalogue } from './keys/scope-catalogue';
import { createTokenFormat } from './keys/token-format';
import type { Caps } from './service/context';
import type { KeyServiceOptions } from './service/key-service';
import type { ChangeBus } from './stores/change-bus';
import type { KeyStore } from './stores/key-store';
import { invalidOption, readBoolean, readFunction, readNames, readNumber } from './option-readers';

/** The complete configuration. */
export interface Configuration {
  readonly service: KeyServiceOptions;
  readonly carriers: Carriers;
  readonly onMultiple: OnMultiple;
  readonly refererFallback: boolean;
  readonly formatError: FormatError | null;
  readonly log: Log;
}

/** The compiler keeps this list complete: a missing or an extra name does not compile. */
const NAMES: Readonly<Record<keyof ApiKeysOptions, true>> = {
  store: true,
  scopes: true,
  pepper: true,
  bcryptCost: true,
  prefixes: true,
  carriers: true,
  onMultiple: true,
  refererFallback: true,
  cache: true,
  storeTimeout: true,
  maxInFlight: true,
  staleIfError: true,
  bus: true,
  caps: true,
  imported: true,
  principalScopes: true,
  formatError: true,
  log: true,
  clock: true,
  randomBytes: true,
};
const CACHE_NAMES: Readonly<Record<keyof CacheOptions, true>> = {
  ttl: true,
  maxKeys: true,
  unknownTtl: true,
};
const KIND_NAMES: Readonly<Record<KeyKind, true>> = {
  secret: true,
  publishable: true,
  temporary: true,
  scoped: true,
};

/** What a store must be able to do. */
const STORE_METHODS = ['create', 'findById', 'findByLookup', 'update', 'revoke', 'rotate', 'list'] as const;

function readStore(store: unknown): KeyStore {
  if (store === undefined) {
    throw new ConfigurationError(
      'ERR_LATCHKEY_OPTION_MISSING',
      'options.store',
      'is needed: where do the keys live? For a first try: memoryStore().',
    );
  }
  const missing = STORE_METHODS.filter((name) => {
    return typeof (store as Partial<Record<string, unknown>> | null)?.[name] !== 'function';
  });
  if (missing.length === 0) return store as KeyStore;
  throw invalidOption('options.store', `must be a KeyStore; it has no ${missing.join(', ')}.`);
}

function readCatalogue(scopes: unknown): ScopeCatalogue {
  if (scopes === undefined) return OPEN_CATALOGUE;
  const { parse, level } = (scopes ?? {}) as Partial<ScopeCatalogue>;
  if (typeof parse === 'function' && typeof level === 'function') return scopes as ScopeCatalogue;
  throw invalidOption('options.scopes', `must come from defineScopes(); received ${shown(scopes)}.`);
}

function readBus(bus: unknown): ChangeBus | null {
  if (bus === undefined) return null;
  const { subscribe, publish, close } = (bus ?? {}) as Partial<ChangeBus>;
  if ([subscribe, publish, close].every((method) => typeof method === 'function')) return bus as ChangeBus;
  throw invalidOption('options.bus', `must be a ChangeBus; received ${shown(bus)}.`);
}

function readCaps(caps: unknown): Caps {
  const given = caps === undefined ? {} : readNames('options.caps', caps, KIND_NAMES);
  const read = (kind: KeyKind, fallback: number): number => {
    const value = given[kind];
    if (value === undefined) return fallback;
    if (value === Infinity || (typeof value === 'number' && Number.isInteger(value) && value >= 1))
      return value;
    throw invalidOption(
      `options.caps.${kind}`,
      `must be a whole number from 1, or Infinity for no cap; received ${shown(value)}.`,
    );
  };
  return {
    secret: read('secret', 100),
    publishable: read('publishable', 100),
    scoped: read('scoped', 100),
    temporary: read('temporary', Infinity),
  };
}

/** Runs a constructor of `keys/`; what it finds wrong becomes a configuration error of that option. */
function named<T>(subject: string, create: () => T): T {
  try {
    return create();
  } catch (error) {
    if (error instanceof InvalidValueError) throw invalidOption(subject, `${error.message}.`);
    throw error;
  }
}

/** Defined fields alone, so that an explicit `undefined` means the default. */
function given<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/**
 * Reads the options.
 * @throws ConfigurationError for an unknown name, a missing store, or a value out of its range.
 */
export function readOptions(options: ApiKeysOptions): Configuration {
  readNames('options', options, NAMES);
  const cache = options.cache ?? {};
  readNames('options.cache', cache, CACHE_NAMES);
  const { onMultiple = 'refuse', pepper, bcryptCost, prefixes, randomBytes, storeTimeout } = options;
  if (!(['refuse', 'first'] as unknown[]).includes(onMultiple)) {
    throw invalidOption('options.onMultiple', `must be "refuse" or "first"; received ${shown(onMultiple)}.`);
  }
  if (prefixes !== undefined) readNames('options.prefixes', prefixes, KIND_NAMES);
  if (options.carriers !== undefined) readNames('options.carriers', options.carriers, KIND_NAMES);
  const seconds = (
    name: string,
    value: number | undefined,
    fallback: number,
    from: number,
    to: number,
  ): number => {
    const range = { from, to, unit: 'seconds', whole: false };
    return Math.round(readNumber(`options.${name}`, value, fallback, range) * 1000);
  };
  const count = (
    name: string,
    value: number | undefined,
    fallback: number,
    from: number,
    to: number,
  ): number => {
    return readNumber(`options.${name}`, value, fallback, { from, to, unit: 'a count', whole: true });
  };
  const service: KeyServiceOptions = {
    store: readStore(options.store),
    catalogue: readCatalogue(options.scopes),
    hasher: named('options.pepper or options.bcryptCost', () => {
      return createHasher(given({ pepper, bcryptCost, randomBytes }));
    }),
    tokens: named('options.prefixes', () => createTokenFormat(given({ prefixes, randomBytes }))),
    clock: readFunction('options.clock', options.clock) ?? Date.now,
    bus: readBus(options.bus),
    caps: readCaps(options.caps),
    imported: readBoolean('options.imported', options.imported, false),
    principalScopes: readFunction('options.principalScopes', options.principalScopes),
    storeTimeout: seconds('storeTimeout', storeTimeout, 1, 0.01, 30),
    maxInFlight: count('maxInFlight', options.maxInFlight, 500, 1, 10_000),
    staleIfError: seconds('staleIfError', options.staleIfError, 0, 0, 3_600),
    cache: {
      ttl: seconds('cache.ttl', cache.ttl, 5, 0, 60),
      maxKeys: count('cache.maxKeys', cache.maxKeys, 20_000, 100, 1_000_000),
      unknownTtl: seconds('cache.unknownTtl', cache.unknownTtl, 2, 0, 2),
    },
  };
  return Object.freeze({
    service: Object.freeze(service),
    carriers: compileCarriers(options.carriers),
    onMultiple,
    refererFallback: readBoolean('options.refererFallback', options.refererFallback, false),
    formatError: readFunction('options.formatError', options.formatError),
    log: readFunction('options.log', options.log) ?? defaultLog,
  });
}
