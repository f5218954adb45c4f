import { createHasher } from '../../lib/keys/hashing/create-hasher';
import { controlledStore, settle } from '../support/controlled-store';
import { fakeClock } from '../support/fake-clock';
import { OTHER_PEPPER, PEPPER, testService } from '../support/test-service';

const HASHERS = {
  'bcrypt 4': createHasher({ bcryptCost: 4 }),
  'bcrypt 5': createHasher({ bcryptCost: 5 }),
  pepper: createHasher({ pepper: PEPPER }),
  'new pepper': createHasher({ pepper: [OTHER_PEPPER, PEPPER] }),
} as const;
type Policy = keyof typeof HASHERS;

/** A key hashed by one policy, and a service with another. */
async function after(from: Policy, to: Policy) {
  const controlled = controlledStore();
  const clock = fakeClock();
  const issued = await testService({ hasher: HASHERS[from] }, { controlled, clock }).create();
  const t = testService({ hasher: HASHERS[to] }, { controlled, clock });
  const stored = async () => (await controlled.inner.findById(issued.key.id))!;
  return { ...issued, t, stored };
}

it.each<[Policy, Policy, boolean]>([
  ['bcrypt 4', 'bcrypt 5', true],
  ['bcrypt 5', 'bcrypt 4', false],
  ['bcrypt 4', 'pepper', true],
  ['pepper', 'new pepper', true],
  ['pepper', 'pepper', false],
])('from %s to %s, the next use re-hashes: %s', async (from, to, rehashes) => {
  const { t, token, stored } = await after(from, to);
  const before = await stored();
  expect(await t.outcome(token)).toBe('granted');
  await t.service.close();
  const now = await stored();
  expect(now.hash !== before.hash).toBe(rehashes);
  expect(now).toEqual({
    ...before,
    hash: now.hash,
    version: before.version + (rehashes ? 1 : 0),
    updatedAt: now.updatedAt,
  });
  expect(HASHERS[to].isCurrent(now.hash, 'secret')).toBe(true);
  t.hasher.counts.verify = 0;
  expect(await t.outcome(token)).toBe('granted');
  expect(t.hasher.counts.verify).toBe(0);
});

it('re-hashes once however many requests arrive', async () => {
  const { t, token } = await after('pepper', 'new pepper');
  t.reset();
  const release = t.hold('update');
  await Promise.all(Array.from({ length: 50 }, async () => t.verify(token)));
  t.clock.advance(5_000);
  const later = t.outcome(token);
  await settle();
  release();
  await later;
  await t.service.close();
  expect(t.calls.update).toBe(1);
});

it('leaves a key alone that was revoked meanwhile', async () => {
  const { t, token, key, stored } = await after('pepper', 'new pepper');
  const release = t.hold('update');
  await t.outcome(token);
  await t.service.revoke(key.id);
  const revoked = await stored();
  release();
  await t.service.close();
  expect(await stored()).toEqual(revoked);
  expect(await t.outcome(token)).toBe('key_revoked');
});

it('leaves a key alone that was updated meanwhile, and tries again when the key is read again', async () => {
  const { t, token, key, stored } = await after('pepper', 'new pepper');
  let release = (): void => undefined;
  let held = false;
  const gate = new Promise<void>((resolve) => (release = resolve));
  t.setGate((phase, method) => {
    if (phase !== 'before' || method !== 'update' || held) return undefined;
    held = true;
    return gate;
  });
  await t.outcome(token);
  await t.service.update(key.id, { scopes: ['models:read'] });
  const updated = await stored();
  release();
  await settle();
  expect(await stored()).toEqual(updated);
  expect((await t.verified(token)).scopes).toEqual(['models:read']);
  await t.service.close();
  expect(HASHERS['new pepper'].isCurrent((await stored()).hash, 'secret')).toBe(true);
  expect((await stored()).scopes).toEqual(['models:read']);
});

it('is told as a failure when the store cannot write, and hurts no request', async () => {
  const { t, token } = await after('pepper', 'new pepper');
  const failures = t.record('failure');
  t.setGate((phase, method) => {
    return phase === 'before' && method === 'update' ? Promise.reject(new Error('read-only')) : undefined;
  });
  expect(await t.outcome(token)).toBe('granted');
  await settle();
  expect(failures.map(({ task }) => task)).toEqual(['re-hash']);
  expect(await t.outcome(token)).toBe('granted');
});

it('moves the look-up of an imported token to the current pepper, publishable ones included', async () => {
  const controlled = controlledStore();
  const clock = fakeClock();
  const token = 'an-opaque-token-of-old';
  const before = testService({ hasher: HASHERS.pepper, imported: true }, { controlled, clock });
  const row = { kind: 'scoped', name: 'old', scopes: ['models:read'], token } as const;
  const { rows } = await before.service.import([row]);
  const { id } = rows[0] as { id: string };
  const t = testService({ hasher: HASHERS['new pepper'], imported: true }, { controlled, clock });
  expect(await t.outcome(token)).toBe('granted');
  expect(await t.outcome(token)).toBe('granted');
  await t.service.close();
  const stored = await controlled.inner.findById(id);
  expect(stored?.lookup).toBe(HASHERS['new pepper'].lookup(token));
  // The old pepper can go.
  const last = testService(
    { hasher: createHasher({ pepper: OTHER_PEPPER }), imported: true },
    { controlled, clock },
  );
  expect(await last.outcome(token)).toBe('granted');
  // Importing it again finds it under the same id.
  expect(await last.service.import([row])).toMatchObject({ exists: 1, imported: 0 });
});
