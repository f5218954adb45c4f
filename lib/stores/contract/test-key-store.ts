/** The contract of the KeyStore port as a test suite, for any adapter and any test framework. */
import type { KeyStore } from '../key-store';
import { capping } from './capping';
import { changing } from './changing';
import type { ContractContext, ContractTests } from './contract-test';
import { listing } from './listing';
import { racing } from './racing';
import { storing } from './storing';
import { deleting, ending, keeping, touching } from './upkeep';

/** What the suite needs of a test framework: jest, vitest and node:test all have it. */
export interface TestFramework {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}

/** Which of the methods that a store may leave out it has. */
export interface StoreCapabilities {
  /** Default `true`. */
  readonly touch?: boolean;
  /** Default `true`. */
  readonly deleteExpired?: boolean;
}

/** An adapter under test. */
export interface KeyStoreSuiteOptions<Store extends KeyStore = KeyStore> {
  /** What the suite is called. */
  readonly name: string;
  /** An empty store, before each test. */
  readonly create: () => Promise<Store> | Store;
  /** A second handle on the records of `store`, as another process has it. Left out: the store itself. */
  readonly reopen?: (store: Store) => Promise<KeyStore> | KeyStore;
  /** Everything that is really stored, as text, read past the adapter. */
  readonly rawRows?: (store: Store) => Promise<string> | string;
  /** Frees what `create` and `reopen` took, after each test. Default: `close()` of both. */
  readonly destroy?: (store: Store, other: KeyStore) => Promise<void> | void;
  /** What the store leaves out. */
  readonly capabilities?: StoreCapabilities;
  /** Operations that a race runs at once. Default 100. */
  readonly parallel?: number;
  /** How often a race is repeated. Default 50. */
  readonly rounds?: number;
  /** `describe` and `it`. Default: the global ones (jest, mocha, vitest with `globals`). */
  readonly framework?: TestFramework;
}

function globalFramework(): TestFramework {
  const { describe, it } = globalThis as Partial<TestFramework>;
  if (describe === undefined || it === undefined) {
    throw new TypeError(
      'testKeyStore: found no global describe and it. Pass them: testKeyStore({ framework: { describe, it }, … })',
    );
  }
  return { describe, it };
}

async function closeBoth(store: KeyStore, other: KeyStore): Promise<void> {
  await store.close?.();
  await other.close?.();
}

/** Runs one test on a store of its own. */
async function runOn<Store extends KeyStore>(
  options: KeyStoreSuiteOptions<Store>,
  test: (context: ContractContext) => Promise<void>,
): Promise<void> {
  const { create, reopen, rawRows, destroy = closeBoth, parallel = 100, rounds = 50 } = options;
  const store = await create();
  const other = reopen ? await reopen(store) : store;
  try {
    const reader = rawRows ? async () => rawRows(store) : null;
    await test({ store, other, rawRows: reader, parallel, rounds });
  } finally {
    await destroy(store, other);
  }
}

/**
 * Defines the tests that every KeyStore must pass, in one `describe`. Each test takes an empty store from
 * `create`. Failures are those of `node:assert`; no test framework is imported.
 *
 * @example
 * ```ts
 * import { describe, it } from 'node:test';
 * import { testKeyStore } from 'latchkey/testing';
 *
 * testKeyStore({ name: 'my store', create: () => myStore(), framework: { describe, it } });
 * ```
 * @throws TypeError when there are neither `framework` nor global functions.
 */
export function testKeyStore<Store extends KeyStore>(options: KeyStoreSuiteOptions<Store>): void {
  const { describe, it } = options.framework ?? globalFramework();
  const { touch = true, deleteExpired = true } = options.capabilities ?? {};
  const groups: Record<string, ContractTests> = {
    'storing and finding': storing,
    'the cap': capping,
    'changing, revoking, rotating': changing,
    races: racing,
    listing,
    ...(touch ? { 'last use': touching } : {}),
    ...(deleteExpired ? { 'deleting what expired': deleting } : {}),
    ...(options.rawRows ? { 'what is stored': keeping } : {}),
    'reach and end': ending,
  };
  describe(`KeyStore contract: ${options.name}`, () => {
    for (const [group, tests] of Object.entries(groups)) {
      describe(group, () => {
        for (const [says, test] of Object.entries(tests)) it(says, () => runOn(options, test));
      });
    }
    it('has the methods that it says it has', () =>
      runOn(options, ({ store }) => {
        for (const [method, has] of Object.entries({ touch, deleteExpired })) {
          if (method in store !== has) throw new TypeError(`capabilities.${method} must be ${String(!has)}`);
        }
        return Promise.resolve();
      }));
  });
}
