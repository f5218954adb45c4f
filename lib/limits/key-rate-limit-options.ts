/** The options of `keyRateLimit`: names, units, defaults, checks. */
import { shown } from '../errors';
import type { HttpRequest } from '../http/http-types';
import type { RateLimit } from '../keys/key-record';
import { isKeyKind, type KeyKind } from '../keys/kinds';
import { invalidOption, readBoolean, readNames, readNumber } from '../option-readers';
import type { ScopeCatalogue } from '../keys/scope-catalogue';
import type { LimitStore } from './limit-store';
import { MAX_COUNT, readLimit } from './read-limit';

/**
 * What becomes of a request when the shared store cannot be asked: `refuse` it (503), `allow` it uncounted, or
 * count in the `memory` of the process, where each process admits the whole limit.
 */
export type OnStoreError = 'refuse' | 'allow' | 'memory';

/** What a request costs. */
export type Cost = number | ((req: HttpRequest) => number);

/** Options of `keyRateLimit`. */
export interface KeyRateLimitOptions {
  /** The limit of a key that has none of its own, and none by its level or kind. Default: no limit. */
  readonly default?: RateLimit | null;
  /** Limits of keys with a level, by its name; `null` for none. They go before those by kind. */
  readonly levels?: Readonly<Record<string, RateLimit | null>>;
  /** Limits of keys of a kind; `null` for none. Temporary keys have their parent's. */
  readonly kinds?: Partial<Readonly<Record<Exclude<KeyKind, 'temporary'>, RateLimit | null>>>;
  /** The limit of callers without a key, each address by itself; `null` for none. Default: `default`. */
  readonly anonymous?: RateLimit | null;
  /** Further limits, by name, that hold for every caller beside its own, such as `burst`. */
  readonly also?: Readonly<Record<string, RateLimit>>;
  /**
   * What the limit is called in headers and events. A named one is for some routes: it counts by itself, and
   * passes over the limits and quotas that keys have of their own, which the unnamed one keeps. Default:
   * unnamed, called `default`.
   */
  readonly name?: string;
  /** What a request costs: a whole number from 0 (not counted), or a function that answers one. Default 1. */
  readonly cost?: Cost;
  /** How many bits of an IPv6 address make one caller: 32 to 64, default 56. */
  readonly ipv6Prefix?: number;
  /** How many anonymous addresses are counted at once in memory: 100 to 10,000,000, default 100,000. */
  readonly maxAddresses?: number;
  /** Whether `RateLimit` and `RateLimit-Policy` of the IETF draft are sent too. Default `false`. */
  readonly ietfHeaders?: boolean;
  /** Counts for several processes: `redisLimitStore`, `postgresLimitStore`. Default: this process's memory. */
  readonly store?: LimitStore;
  /** Must be chosen where there is a `store`. */
  readonly onStoreError?: OnStoreError;
  /** How long the store may take, in seconds: 0.01 to 30, default 1. */
  readonly storeTimeout?: number;
}

/** Complete, checked options. */
export interface KeyRateLimitSettings {
  readonly name: string | null;
  readonly default: RateLimit | null;
  readonly levels: Readonly<Record<string, RateLimit | null>>;
  readonly kinds: Readonly<Partial<Record<KeyKind, RateLimit | null>>>;
  readonly anonymous: RateLimit | null;
  readonly also: Readonly<Record<string, RateLimit>>;
  readonly cost: Cost;
  readonly ipv6Prefix: number;
  readonly maxAddresses: number;
  readonly ietfHeaders: boolean;
  readonly store: LimitStore | null;
  readonly onStoreError: OnStoreError;
  /** In ms. */
  readonly storeTimeout: number;
}

const SUBJECT = 'keyRateLimit options';

const NAMES: Readonly<Record<keyof KeyRateLimitOptions, true>> = {
  default: true,
  levels: true,
  kinds: true,
  anonymous: true,
  also: true,
  name: true,
  cost: true,
  ipv6Prefix: true,
  maxAddresses: true,
  ietfHeaders: true,
  store: true,
  onStoreError: true,
  storeTimeout: true,
};

/** Names that limits have of themselves. */
const TAKEN = new Set(['default', 'quota']);
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;

function readName(subject: string, name: unknown): string {
  if (typeof name === 'string' && NAME.test(name) && !TAKEN.has(name)) return name;
  throw invalidOption(
    subject,
    `must be a name of letters, digits, _ and -, other than default and quota; received ${shown(name)}.`,
  );
}

function readLimitOrNull(subject: string, value: unknown): RateLimit | null {
  return value === null || value === undefined ? null : readLimit(subject, value);
}

/** A table of limits; `isName` tells which names it may have. */
function readTable<L extends RateLimit | null>(
  subject: string,
  table: unknown,
  read: (subject: string, value: unknown) => L,
  checkName: (subject: string, name: string) => void,
): Readonly<Record<string, L>> {
  if (table === undefined) return {};
  if (typeof table !== 'object' || table === null || Array.isArray(table)) {
    throw invalidOption(subject, `must be an object of limits; received ${shown(table)}.`);
  }
  return Object.fromEntries(
    Object.entries(table).map(([name, value]) => {
      checkName(`${subject}.${name}`, name);
      return [name, read(`${subject}.${name}`, value)];
    }),
  );
}

function readCost(cost: Cost | undefined): Cost {
  if (cost === undefined) return 1;
  if (typeof cost === 'function') return cost;
  return readNumber(`${SUBJECT}.cost`, cost, 1, {
    from: 0,
    to: MAX_COUNT,
    unit: 'or a function that answers one',
    whole: true,
  });
}

function readStore(store: unknown): LimitStore | null {
  if (store === undefined) return null;
  const { add } = (store ?? {}) as Partial<LimitStore>;
  if (typeof add === 'function') return store as LimitStore;
  throw invalidOption(
    `${SUBJECT}.store`,
    `must be a LimitStore, such as redisLimitStore(client); received ${shown(store)}.`,
  );
}

function readOnStoreError(value: unknown, store: LimitStore | null): OnStoreError {
  if ((['refuse', 'allow', 'memory'] as unknown[]).includes(value)) return value as OnStoreError;
  if (value === undefined && store === null) return 'refuse';
  throw invalidOption(
    `${SUBJECT}.onStoreError`,
    `must be chosen where limits have a store: "refuse" answers 503 while it is down, "allow" lets requests pass uncounted, "memory" counts in each process; received ${shown(value)}.`,
  );
}

/**
 * Reads the options.
 * @throws ConfigurationError for an unknown name, a value out of its range, a level that the catalogue does not
 * have, or a store without `onStoreError`.
 */
export function readKeyRateLimitOptions(
  options: KeyRateLimitOptions,
  catalogue: ScopeCatalogue,
): KeyRateLimitSettings {
  readNames(SUBJECT, options, NAMES);
  const store = readStore(options.store);
  const general = readLimitOrNull(`${SUBJECT}.default`, options.default);
  const whole = (name: 'ipv6Prefix' | 'maxAddresses', fallback: number, from: number, to: number): number => {
    const unit = name === 'ipv6Prefix' ? 'bits' : 'addresses';
    return readNumber(`${SUBJECT}.${name}`, options[name], fallback, { from, to, unit, whole: true });
  };
  const seconds = readNumber(`${SUBJECT}.storeTimeout`, options.storeTimeout, 1, {
    from: 0.01,
    to: 30,
    unit: 'seconds',
    whole: false,
  });
  return Object.freeze({
    name: options.name === undefined ? null : readName(`${SUBJECT}.name`, options.name),
    default: general,
    levels: readTable(`${SUBJECT}.levels`, options.levels, readLimitOrNull, (subject, level) => {
      if (catalogue.level(level) !== null) return;
      throw invalidOption(
        subject,
        `is no level of the catalogue. Known: ${catalogue.levels.join(', ') || 'none'}.`,
      );
    }),
    kinds: readTable(`${SUBJECT}.kinds`, options.kinds, readLimitOrNull, (subject, kind) => {
      if (isKeyKind(kind) && kind !== 'temporary') return;
      throw invalidOption(
        subject,
        'is no kind with limits of its own. Known: secret, publishable, scoped; temporary keys count on their parent.',
      );
    }),
    anonymous:
      options.anonymous === undefined ? general : readLimitOrNull(`${SUBJECT}.anonymous`, options.anonymous),
    also: readTable(`${SUBJECT}.also`, options.also, readLimit, readName),
    cost: readCost(options.cost),
    ipv6Prefix: whole('ipv6Prefix', 56, 32, 64),
    maxAddresses: whole('maxAddresses', 100_000, 100, 10_000_000),
    ietfHeaders: readBoolean(`${SUBJECT}.ietfHeaders`, options.ietfHeaders, false),
    store,
    onStoreError: readOnStoreError(options.onStoreError, store),
    storeTimeout: Math.round(seconds * 1000),
  });
}
