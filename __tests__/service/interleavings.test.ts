/**
 * Fill, revoke, update, expire and re-hash in 10,000 seeded orders: every store call waits twice, before the
 * store does it and before its answer arrives, and every bus message waits as well. Two services share the
 * store, so that reads are slow, reordered and overtaken in both.
 */
import { createHasher } from '../../lib/keys/hashing/create-hasher';
import type { Hasher } from '../../lib/keys/hashing/hasher';
import { KeyCache } from '../../lib/service/key-cache';
import type { Verdict } from '../../lib/service/verdict';
import type { ChangeBus, ChangeListener, KeyChange } from '../../lib/stores/change-bus';
import { memoryStore } from '../../lib/stores/memory-store';
import { controlledStore } from '../support/controlled-store';
import { fakeClock } from '../support/fake-clock';
import { createScheduler, type Scheduler } from '../support/scheduler';
import { seeded } from '../support/seeded';
import { OTHER_PEPPER, PEPPER, testService } from '../support/test-service';

const RUNS = 10_000;
const NO_CAPS = { secret: Infinity, publishable: Infinity, scoped: Infinity, temporary: Infinity };
const OLD = createHasher({ pepper: PEPPER });
const NEW = createHasher({ pepper: [OTHER_PEPPER, PEPPER] });

/** Takes messages at once and delivers them when the scheduler says so, in any order. */
class DelayedBus {
  scheduler: Scheduler | null = null;
  /** Called when a change was taken; what it answers is called when every process was told. */
  taken: (change: KeyChange) => () => void = () => () => undefined;
  readonly #listeners: ChangeListener[] = [];

  end(): ChangeBus {
    return {
      subscribe: async (listener) => {
        this.#listeners.push(listener);
      },
      publish: async (change) => {
        const delivered = this.taken(change);
        void this.scheduler?.wait().then(() => {
          for (const listener of this.#listeners) listener.onChange(change);
          delivered();
        });
      },
      close: async () => undefined,
    };
  }
}

/** Two processes on one store: the first re-hashes what it verifies, in half of the worlds. */
function createWorld(rehashes: boolean) {
  const clock = fakeClock();
  const controlled = controlledStore(memoryStore());
  const bus = new DelayedBus();
  const service = (hasher: Hasher, end: ChangeBus | null) => {
    return testService({ hasher, bus: end, caps: NO_CAPS }, { controlled, clock });
  };
  return {
    clock,
    controlled,
    bus,
    here: service(rehashes ? NEW : OLD, bus.end()),
    there: service(OLD, bus.end()),
    issuer: service(OLD, null),
  };
}

/** One run; answers what was broken. */
async function run(seed: number, world: ReturnType<typeof createWorld>): Promise<string[]> {
  const { clock, controlled, bus, here, there, issuer } = world;
  const random = seeded(seed);
  const scheduler = createScheduler(random);
  const broken: string[] = [];
  // What is promised to a request that begins now: by the answer here, by the message there.
  const nothing = { revoked: false, narrowed: false, expiresAt: Infinity };
  const promises = { here: { ...nothing }, there: { ...nothing } };

  const { token, key } = await issuer.create({ scopes: ['models:read', 'models:write'] });
  bus.scheduler = scheduler;
  bus.taken = () => {
    const stored = controlled.inner.findById(key.id);
    return () => {
      void stored.then((record) => {
        promises.there.revoked ||= record!.revokedAt !== null;
        promises.there.narrowed ||= record!.scopes.length === 1;
        promises.there.expiresAt = Math.min(promises.there.expiresAt, record!.expiresAt ?? Infinity);
      });
    };
  };
  controlled.setGate(() => scheduler.wait());

  let open = 0;
  const track = (work: Promise<unknown>): void => {
    open += 1;
    void work
      .catch(() => undefined)
      .finally(() => {
        open -= 1;
      });
  };

  /** A request, judged by what was promised when it began. */
  function request(process: 'here' | 'there'): void {
    const { revoked, narrowed, expiresAt } = promises[process];
    const expired = expiresAt <= clock();
    const check = (verdict: Verdict): void => {
      if (!verdict.granted) return;
      if (revoked) broken.push(`${process}: granted after the revocation`);
      if (expired) broken.push(`${process}: granted after the expiry`);
      if (narrowed && verdict.key.can('models:write')) broken.push(`${process}: kept a dropped scope`);
    };
    const verdict = (process === 'here' ? here : there).verify(token);
    if (verdict instanceof Promise) track(verdict.then(check));
    else check(verdict);
  }

  const narrow = async (): Promise<void> => {
    await here.service.update(key.id, { scopes: ['models:read'] });
    promises.here.narrowed = true;
  };
  const expire = async (): Promise<void> => {
    const { expiresAt } = await here.service.update(key.id, { expiresAt: clock() + 2_000 });
    promises.here.expiresAt = expiresAt!;
  };
  const revoke = async (): Promise<void> => {
    await here.service.revoke(key.id);
    promises.here.revoked = true;
  };

  const actions = [
    () => request('here'),
    () => request('here'),
    () => request('there'),
    () => clock.advance(2_500),
  ];
  const changes = [narrow, revoke, ...(random.below(3) === 0 ? [expire] : [])];
  for (let i = 0; i < 24; i += 1) {
    if (random.below(5) === 0 && changes.length > 0)
      track(changes.splice(random.below(changes.length), 1)[0]!());
    else if (random.below(3) === 0) random.pick(actions)();
    else scheduler.step();
    // Lets promises run for a while, and not always to their end.
    for (let turns = random.below(8); turns > 0; turns -= 1) await Promise.resolve();
  }
  for (const change of changes) track(change());
  while (open > 0 || scheduler.waiting > 0) {
    scheduler.step();
    for (let turns = 0; turns < 12; turns += 1) await Promise.resolve();
  }
  // Everything has been answered and delivered: nothing grants any more, anywhere.
  controlled.setGate(null);
  for (const { verify } of [here, there, here]) {
    if ((await verify(token)).granted) broken.push('granted at the end');
  }
  if ((await controlled.inner.findById(key.id))?.revokedAt === null) broken.push('resurrected in the store');
  return broken;
}

async function violations(runs: number): Promise<string[]> {
  const worlds = [createWorld(false), createWorld(true)] as const;
  const found: string[] = [];
  for (let seed = 1; seed <= runs; seed += 1) {
    for (const what of await run(seed, worlds[seed % 2]!)) found.push(`seed ${String(seed)}: ${what}`);
  }
  return found;
}

describe('fill, revoke, update, expire and re-hash, interleaved', () => {
  it(`never admit what was taken away, in ${String(RUNS)} seeded orders`, async () => {
    expect(await violations(RUNS)).toEqual([]);
  }, 120_000);

  it.each<[string, () => jest.SpyInstance]>([
    ['believes outdated reads', () => jest.spyOn(KeyCache.prototype, 'isOutdated').mockReturnValue(false)],
    ['forgets nothing', () => jest.spyOn(KeyCache.prototype, 'invalidate').mockReturnValue(undefined)],
  ])('catch a cache that %s', async (_name, mutate) => {
    const mutation = mutate();
    expect(await violations(150)).not.toEqual([]);
    mutation.mockRestore();
  });
});
