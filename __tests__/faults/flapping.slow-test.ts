/** Stores that hang, break and come back again and again, all of them at once. */
import { setTimeout as wait } from 'node:timers/promises';
import { seeded } from '../support/seeded';
import { FaultProcess, type Created } from './fault-process';
import { PROMISED, describeSubjects, statuses, tell, tokensOf, untilAdmitted, withKeys } from './judging';
import type { Subject } from './subjects';

const SECONDS = Number(process.env.LATCHKEY_FLAPPING_SECONDS ?? '60');
const KEYS = 40;

/** Lets the store fail and come back, at seeded times, for {@link SECONDS}. */
async function failAgainAndAgain(subject: Subject, seed: number): Promise<void> {
  const random = seeded(seed);
  const end = performance.now() + SECONDS * 1_000;
  while (performance.now() < end) {
    if (random.below(2) === 0) subject.hang();
    else await subject.down();
    await wait(200 + random.below(1_800));
    await subject.up();
    await wait(200 + random.below(1_800));
  }
}

/** `max` and `connectionLimit` of the pools in `fault-worker.js`. */
const POOL_SIZE = 5;

/** What was seen while a store flapped, and after it. */
async function flap(subject: Subject, seed: number) {
  const flapped = await FaultProcess.start(withKeys(subject.settings, { cache: { ttl: 1 } }));
  const live = await flapped.ask('create', { count: KEYS });
  const revoked: Created[] = [];
  await flapped.ask('get', tokensOf(live));
  // A pool opens as many as it needs, up to its size: only what goes beyond that has leaked.
  const most = subject.pooled ? POOL_SIZE : await subject.connections();

  let over = false;
  let verdicts = 0;
  /** Verdicts that no fault may bring about. */
  const wrong: string[] = [];
  async function request(): Promise<void> {
    while (!over) {
      const [good, bad] = [tokensOf(live), tokensOf(revoked)];
      const answers = await flapped.ask('verify', [...good, ...bad]);
      // A key that was taken out meanwhile may be revoked by now.
      const still = new Set(tokensOf(live));
      answers.forEach(({ status }, i) => {
        const token = good[i];
        const expected = token === undefined ? [401, 503] : still.has(token) ? [200, 503] : [200, 401, 503];
        if (!expected.includes(status))
          wrong.push(`${token === undefined ? 'revoked' : 'live'}: ${String(status)}`);
      });
      verdicts += answers.length;
      await wait(20);
    }
  }
  async function revoke(): Promise<void> {
    const random = seeded(seed);
    while (!over && live.length > 10) {
      const [key] = live.splice(random.below(live.length), 1) as [Created];
      const { outcome } = await flapped.ask('change', { method: 'revoke', of: key.id });
      // One that was not acknowledged leaves the verdict open.
      if (outcome === 'done') revoked.push(key);
      await wait(SECONDS * 20);
    }
  }
  const failing = failAgainAndAgain(subject, seed).finally(() => {
    over = true;
  });
  await Promise.all([failing, request(), revoke()]);

  const back = await untilAdmitted(flapped, live[0]?.token ?? '');
  await wait(1_100);
  const good = await flapped.ask('get', tokensOf(live));
  const bad = await flapped.ask('get', tokensOf(revoked));
  const began = performance.now();
  let after = await subject.connections();
  while (after > most && performance.now() - began < 5_000) after = await subject.connections();
  const { events } = await flapped.ask('status');
  const { exit, errors } = await flapped.close(PROMISED.close);
  await flapped.kill();
  return {
    wrong,
    verdicts,
    revocations: revoked.length,
    back,
    answers: { live: statuses(good), revoked: statuses(bad) },
    connections: { most, after },
    events: [...new Set(events)],
    end: { exit, errors },
  };
}

/** Every store; all of them flap at once, from the first test on. */
const stores: { readonly open: () => Promise<Subject>; flapped?: ReturnType<typeof flap> }[] = [];
const opened: Subject[] = [];

function startAll(): void {
  for (const [i, store] of stores.entries()) {
    store.flapped ??= store.open().then((subject) => {
      opened.push(subject);
      return flap(subject, i + 1);
    });
    // Judged in the test of that store.
    store.flapped.catch(() => undefined);
  }
}

afterAll(async () => {
  await Promise.all(opened.map((subject) => subject.remove()));
}, 60_000);

describeSubjects((name, open) => {
  const store: (typeof stores)[number] = { open };
  stores.push(store);

  it(
    `flaps for ${String(SECONDS)} s: no wrong verdict, no leak, no unhandled rejection`,
    async () => {
      startAll();
      const flapped = await store.flapped!;
      const { verdicts, revocations, connections, back } = flapped;
      tell(
        name,
        `flapped, ${String(verdicts)} verdicts, ${String(revocations)} revocations, back after`,
        back,
      );
      expect(flapped.wrong).toEqual([]);
      expect(revocations).toBeGreaterThan(0);
      expect(back).toBeLessThan(PROMISED.back);
      expect(flapped.answers).toEqual({ live: [200], revoked: [401] });
      expect(connections.after).toBeLessThanOrEqual(connections.most);
      expect(flapped.events).toEqual(expect.arrayContaining(['store_down', 'store_up']));
      expect(flapped.end).toEqual({ exit: '0', errors: '' });
    },
    (SECONDS + 90) * 1_000,
  );
});
