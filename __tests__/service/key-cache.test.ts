import { KeyCache, lookupName } from '../../lib/service/key-cache';
import type { KeyEntry } from '../../lib/service/key-entry';

const OPTIONS = { ttl: 5_000, maxKeys: 100, unknownTtl: 2_000 };

function entry(id: string, sequence: number): KeyEntry {
  return { record: { id }, readAt: 0, sequence } as unknown as KeyEntry;
}

it('keeps the later of two reads, in whichever order they arrive', () => {
  const cache = new KeyCache(OPTIONS);
  const [first, second] = [cache.nextSequence(), cache.nextSequence()];
  cache.keep(entry('a', second));
  cache.keep(entry('a', first));
  expect(cache.fresh('a', 0)?.sequence).toBe(second);
});

it('never keeps a read that began before the key changed', () => {
  const cache = new KeyCache(OPTIONS);
  const sequence = cache.nextSequence();
  cache.invalidate('a');
  cache.keep(entry('a', sequence));
  cache.keepUnknown('a', sequence, 0);
  expect(cache.fresh('a', 0)).toBeUndefined();
  expect(cache.isUnknown('a', 0)).toBe(false);
});

it('never believes a read that was slower than all the changes that it remembers', () => {
  const cache = new KeyCache(OPTIONS);
  const sequence = cache.nextSequence();
  cache.invalidate('a', true);
  for (let i = 0; i < 10_000; i += 1) cache.invalidate(`other ${String(i)}`);
  expect(cache.isOutdated('a', sequence)).toBe(true);
  expect(cache.isOutdated('a', cache.nextSequence())).toBe(false);
});

it('outdates every read when everything may have changed, and keeps revocations', () => {
  const cache = new KeyCache(OPTIONS);
  const sequence = cache.nextSequence();
  cache.keep(entry('a', sequence));
  cache.invalidate('b', true);
  cache.invalidateAll();
  expect(cache.fresh('a', 0)).toBeUndefined();
  expect(cache.isOutdated('a', sequence)).toBe(true);
  expect(cache.isRevoked('b')).toBe(true);
});

it('remembers at most 10,000 unknown ids', () => {
  const cache = new KeyCache(OPTIONS);
  for (let i = 0; i <= 10_000; i += 1) cache.keepUnknown(String(i), cache.nextSequence(), 0);
  expect([cache.isUnknown('0', 0), cache.isUnknown('1', 0)]).toEqual([false, true]);
});

it('does not take an id for a look-up', () => {
  const cache = new KeyCache(OPTIONS);
  cache.keepUnknown('sha256:abc', cache.nextSequence(), 0);
  expect(cache.isUnknown(lookupName('sha256:abc'), 0)).toBe(false);
});
