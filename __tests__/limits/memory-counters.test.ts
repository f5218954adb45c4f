/** Counting in the memory of one process. */
import type { LimitRule } from '../../lib/limits/limit-rule';
import { MemoryCounters } from '../../lib/limits/memory-counters';

const rule = (limit: number, windowMs: number, name = 'default'): LimitRule => ({
  name,
  limit,
  windowMs,
  period: null,
});
const MINUTE = 60_000;
const NOW = Date.parse('2026-11-22T12:00:00Z');

/** How many of `count` requests at the same moment pass. */
function passing(
  counters: MemoryCounters,
  rules: readonly LimitRule[],
  count: number,
  now = NOW,
  cost = 1,
): number {
  return Array.from({ length: count }, () => counters.take('a', rules, cost, now)).filter(
    ({ passed }) => passed,
  ).length;
}

it('keys that share an account, each with rules of its own, take nothing off each other', () => {
  const counters = new MemoryCounters(10);
  const [minute, hour] = [[rule(3, MINUTE)], [rule(3, 60 * MINUTE)]];
  const passed = Array.from({ length: 40 }, (_, i) => {
    return counters.take('a', i % 2 === 0 ? minute : hour, 1, NOW).passed;
  });
  expect(passed.filter(Boolean)).toHaveLength(6);
  expect(passing(counters, hour, 5, NOW + 2 * MINUTE)).toBe(0);
  expect(passing(counters, minute, 5, NOW + 2 * MINUTE)).toBe(3);
});

describe('a window', () => {
  it('lets exactly its limit pass, and again when it has ended', () => {
    const counters = new MemoryCounters(10);
    const rules = [rule(10, MINUTE)];
    expect(passing(counters, rules, 200)).toBe(10);
    expect(passing(counters, rules, 200, NOW + MINUTE - 1)).toBe(0);
    expect(passing(counters, rules, 200, NOW + MINUTE)).toBe(10);
  });

  it.each([1, 0.5])('never refuses a steady client at %s of its limit, in 10 windows', (share) => {
    const counters = new MemoryCounters(10);
    const rules = [rule(60, MINUTE)];
    const gap = MINUTE / 60 / share;
    const requests = Math.floor((10 * MINUTE) / gap);
    for (let i = 0; i < requests; i += 1) {
      expect(counters.take('a', rules, 1, NOW + i * gap).passed).toBe(true);
    }
  });

  it('ends when it says, whatever comes meanwhile, refused requests too', () => {
    const counters = new MemoryCounters(10);
    const rules = [rule(1, MINUTE)];
    const ends = [0, 1, 30_000, MINUTE - 1].map((ms) => {
      return counters.take('a', rules, 1, NOW + ms).decisive.resetAt;
    });
    expect(ends).toEqual(ends.map(() => NOW + MINUTE));
  });

  it('counts what a request costs; one that does not fit spends nothing', () => {
    const counters = new MemoryCounters(10);
    const rules = [rule(10, MINUTE)];
    expect(counters.take('a', rules, 7, NOW).decisive.remaining).toBe(3);
    expect(counters.take('a', rules, 4, NOW)).toMatchObject({ passed: false, decisive: { remaining: 3 } });
    expect(counters.take('a', rules, 3, NOW)).toMatchObject({ passed: true, decisive: { remaining: 0 } });
  });

  it('of a calendar month ends with it', () => {
    const quota: LimitRule = { name: 'quota', limit: 2, windowMs: 0, period: 'month' };
    const counters = new MemoryCounters(10);
    expect(passing(counters, [quota], 5)).toBe(2);
    expect(passing(counters, [quota], 5, Date.parse('2026-11-30T23:59:59Z'))).toBe(0);
    expect(passing(counters, [quota], 5, Date.parse('2026-12-01T00:00:00Z'))).toBe(2);
  });
});

describe('several limits', () => {
  it('are all spent or none: what a burst refuses does not eat up the hour', () => {
    const counters = new MemoryCounters(10);
    const rules = [rule(2, 1_000, 'burst'), rule(10, 3_600_000)];
    expect(passing(counters, rules, 50)).toBe(2);
    expect(counters.take('a', rules, 1, NOW + 1_000).standings).toMatchObject([
      { rule: { name: 'burst' }, remaining: 1 },
      { rule: { name: 'default' }, remaining: 7 },
    ]);
  });

  it.each([
    ['the one that is exceeded', [rule(5, 1_000, 'a'), rule(1, 10_000, 'b')], 2, 'b'],
    ['of those exceeded the one that ends last', [rule(1, 1_000, 'a'), rule(1, 10_000, 'b')], 2, 'b'],
    ['of those exceeded the last, in any order', [rule(1, 10_000, 'b'), rule(1, 1_000, 'a')], 2, 'b'],
    ['else the one with the least left', [rule(9, 1_000, 'a'), rule(5, 10_000, 'b')], 1, 'b'],
    ['the first of equals', [rule(5, 1_000, 'a'), rule(5, 10_000, 'b')], 1, 'a'],
  ])('tell the client %s', (_what, rules, requests, name) => {
    const counters = new MemoryCounters(10);
    const tallies = Array.from({ length: requests }, () => counters.take('a', rules, 1, NOW));
    expect(tallies.at(-1)?.decisive.rule.name).toBe(name);
  });
});

describe('rules that change', () => {
  it('keep the window of the same length, under the new limit', () => {
    const counters = new MemoryCounters(10);
    expect(passing(counters, [rule(10, MINUTE)], 6)).toBe(6);
    expect(passing(counters, [rule(8, MINUTE)], 6)).toBe(2);
    expect(passing(counters, [rule(5, MINUTE)], 6)).toBe(0);
  });

  it('open a new window for another length', () => {
    const counters = new MemoryCounters(10);
    expect(passing(counters, [rule(2, MINUTE)], 6)).toBe(2);
    expect(passing(counters, [rule(2, 2 * MINUTE)], 6)).toBe(2);
  });
});

describe('memory', () => {
  it('forgets subjects whose windows have ended, as others come', () => {
    const counters = new MemoryCounters(1_000_000);
    const rules = [rule(1, MINUTE)];
    for (let i = 0; i < 10_000; i += 1) counters.take(`s${String(i)}`, rules, 1, NOW + i * 1_000);
    expect(counters.size).toBeLessThan(200);
  });

  it('never holds more than it may, and forgets who came first', () => {
    const counters = new MemoryCounters(3);
    const rules = [rule(1, MINUTE)];
    for (const subject of ['a', 'b', 'c', 'd']) counters.take(subject, rules, 1, NOW);
    expect(counters.size).toBe(3);
    expect(counters.take('d', rules, 1, NOW).passed).toBe(false);
    expect(counters.take('a', rules, 1, NOW).passed).toBe(true);
  });
});
