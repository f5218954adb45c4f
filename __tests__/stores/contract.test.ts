/** The contract suite catches stores that break the contract, and needs no particular test framework. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { KeyRecord } from '../../lib/keys/key-record';
import { recordFixture, testKeyStore } from '../../lib/stores/contract';
import type { KeyStoreSuiteOptions } from '../../lib/stores/contract';
import type { KeyStore } from '../../lib/stores/key-store';
import { memoryStore } from '../../lib/stores/memory-store';

/** Runs the suite with a framework of its own; answers the names of the tests that failed. */
async function failures(options: Partial<KeyStoreSuiteOptions>): Promise<string[]> {
  const tests = new Map<string, () => Promise<void>>();
  testKeyStore({
    name: 'under test',
    create: () => memoryStore(),
    parallel: 10,
    rounds: 2,
    ...options,
    framework: { describe: (_, body) => body(), it: (name, body) => tests.set(name, body) },
  });
  const failed: string[] = [];
  for (const [name, test] of tests) await test().catch(() => failed.push(name));
  return failed;
}

/** A memory store with some methods replaced. */
function broken(change: (store: KeyStore) => Partial<KeyStore>): () => KeyStore {
  return () => {
    const store = memoryStore();
    return new Proxy(store, {
      get: (target, name) => {
        const method = change(target)[name as keyof KeyStore] ?? target[name as keyof KeyStore];
        return typeof method === 'function' ? method.bind(target) : method;
      },
    });
  };
}

const rename = (record: KeyRecord | null) => record && { ...record, name: record.name.trim() };

it('passes a store that keeps the contract', async () => {
  expect(await failures({})).toEqual([]);
});

it.each<[string, (store: KeyStore) => Partial<KeyStore>, string]>([
  [
    'trims text',
    (store) => ({ findById: async (id) => rename(await store.findById(id)) }),
    'keeps hostile text as it is',
  ],
  [
    'folds the case of ids',
    (store) => ({ findById: (id) => store.findById(id.toLowerCase()) }),
    'compares ids byte for byte',
  ],
  ['ignores the cap', (store) => ({ create: (record) => store.create(record) }), 'stops at the cap'],
  [
    'counts, then creates',
    (store) => ({
      create: async (record, cap) => {
        const live = await store.list({
          ownerId: record.ownerId,
          kinds: [record.kind],
          state: 'live',
          now: 1000,
          limit: 1000,
        });
        const counted = live.filter(({ replacedById }) => replacedById === null).length;
        return cap && counted >= cap.limit ? 'cap_reached' : store.create(record);
      },
    }),
    'is exact under parallel creations',
  ],
  [
    'updates whatever the version',
    (store) => ({
      update: async (id, _, changes, now) =>
        store.update(id, (await store.findById(id))?.version ?? 1, changes, now),
    }),
    'update of a stale version is a conflict and changes nothing',
  ],
  [
    'rotates in two steps',
    (store) => ({
      rotate: async (id, version, changes, successor, now) => {
        const updated = await store.update(id, version, changes, now);
        if (updated.outcome !== 'updated') return updated;
        const created = await store.create(successor);
        return created === 'created'
          ? { outcome: 'rotated', record: updated.record }
          : { outcome: 'duplicate' };
      },
    }),
    'rotate does both or neither',
  ],
  [
    'lists in the order of creation',
    (store) => ({ list: async (query) => (await store.list(query)).reverse() }),
    'puts the newest first, and equal times in descending order of the bytes of the id',
  ],
  [
    'forgets what expired too early',
    (store) => ({ deleteExpired: (before, limit) => store.deleteExpired!(before + 1, limit) }),
    'deleteExpired deletes what expired before, and nothing else',
  ],
  ['loses last uses', () => ({ touch: async () => undefined }), 'touch writes the last use and nothing else'],
])('catches a store that %s', async (_, change, test) => {
  expect(await failures({ create: broken(change) })).toContain(test);
});

it('catches a store that writes a token down', async () => {
  const written = JSON.stringify(
    recordFixture({ name: 'sk_0123456789abcdefABCDEFGHIJKLMNOPQRSTUVWXYZabcdef000000' }),
  );
  expect(await failures({ rawRows: () => written })).toContain('stores the hash and no token');
});

it('catches capabilities that are not what the store has', async () => {
  expect(await failures({ capabilities: { touch: false } })).toEqual(['has the methods that it says it has']);
});

it('runs under node:test', () => {
  const file = join(__dirname, '../support/node-test-suite.js');
  const { stdout, status } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', file], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined },
  });
  expect(stdout).toMatch(/^# pass 60$/m);
  expect(stdout).toMatch(/^# fail 0$/m);
  expect(status).toBe(0);
});
