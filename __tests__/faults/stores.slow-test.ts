/**
 * What requests are answered while a real server hangs and is gone, and after it. Times are those of the fastest of
 * several answers: what else runs on the machine is not measured.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { FaultProcess, type Answer, type Created } from './fault-process';
import {
  PROMISED,
  describeSubjects,
  fastest,
  median,
  statuses,
  tell,
  tokensOf,
  untilAdmitted,
  withKeys,
} from './judging';
import type { Subject } from './subjects';

const KEYS = 40;

describeSubjects((name, open) => {
  let subject: Subject;
  let process: FaultProcess;
  let cached: string;
  /** Tokens that the process has created, and never read. */
  let cold: string[];

  beforeAll(async () => {
    subject = await open();
    process = await FaultProcess.start(withKeys(subject.settings, { cache: { ttl: 60 } }));
    cold = tokensOf(await process.ask('create', { count: KEYS }));
    cached = cold.pop()!;
    expect(statuses(await process.ask('get', [cached]))).toEqual([200]);
  }, 60_000);

  afterAll(async () => {
    await process.kill();
    await subject.remove();
  }, 60_000);

  /** So many tokens that were never used. */
  const fresh = (count: number): string[] => cold.splice(0, count);

  async function expectUnavailable(tokens: readonly string[]): Promise<Answer[]> {
    const answers = await process.ask('get', tokens);
    expect(statuses(answers)).toEqual([503]);
    for (const { retryAfter } of answers) expect(retryAfter).toMatch(/^[1-9]\d*$/);
    expect(statuses(await process.ask('get', [cached]))).toEqual([200]);
    return answers;
  }

  async function expectBack(): Promise<void> {
    const ms = await untilAdmitted(process, fresh(1)[0]!);
    tell(name, 'back after', ms);
    expect(ms).toBeLessThan(PROMISED.back);
  }

  it('hangs: 503 at storeTimeout, cached keys go on, and it is used again once it answers', async () => {
    subject.hang();
    const [answers, timer] = await Promise.all([expectUnavailable(fresh(4)), process.ask('timer', 1_000)]);
    await subject.up();
    tell(name, 'hangs, 503 after', fastest(answers));
    expect(fastest(answers)).toBeGreaterThan(900);
    // A busy machine lets every timer of the process fire late.
    expect(fastest(answers) - (timer - 1_000)).toBeLessThan(PROMISED.hangs);
    await expectBack();
  }, 30_000);

  it('is gone: 503 at once, and sooner still when the breaker is open', async () => {
    await subject.down();
    const refused = await expectUnavailable(fresh(4));
    tell(name, 'refuses, 503 after', fastest(refused));
    expect(fastest(refused)).toBeLessThan(PROMISED.refuses);

    const tokens = fresh(8);
    await process.ask('verifyEach', tokens);
    expect(await process.ask('status')).toMatchObject({ store: 'open' });
    const open = await process.ask('verifyEach', tokens);
    tell(name, 'breaker open, 503 after (median)', median(open));
    expect(statuses(open)).toEqual([503]);
    expect(median(open)).toBeLessThan(PROMISED.open);
    const { outcome } = await process.ask('change', { method: 'create', of: { kind: 'secret', name: 'x' } });
    expect(outcome).toBe('UNAVAILABLE');

    await subject.up();
    await expectBack();
    const { events } = await process.ask('status');
    expect(events.filter((event) => event.startsWith('store'))).toEqual(
      expect.arrayContaining(['store_down', 'store_up']),
    );
  }, 60_000);

  it('bounds the look-ups under way, and closes within 5 s while the server hangs', async () => {
    const bounded = await FaultProcess.start(
      withKeys(subject.settings, { maxInFlight: 5, storeTimeout: 1.5 }),
    );
    const tokens = tokensOf(await bounded.ask('create', { count: 30 }));
    subject.hang();
    const answers = await bounded.ask('verify', tokens);
    expect(statuses(answers)).toEqual([503]);
    expect(answers.filter(({ ms }) => ms > 1_400)).toHaveLength(5);

    const revoking = bounded.ask('change', { method: 'revoke', of: 'x'.repeat(16) });
    const { ms, exit, errors } = await bounded.close(PROMISED.close);
    await revoking.catch(() => undefined);
    await bounded.kill();
    await subject.up();
    tell(name, 'closed while it hangs, after', ms);
    expect(ms).toBeLessThan(PROMISED.close);
    expect({ exit, errors }).toEqual({ exit: '0', errors: '' });
  }, 60_000);

  it('staleIfError prolongs live keys up to its ceiling, never revoked or expired ones', async () => {
    const staleIfError = 3;
    const stale = await FaultProcess.start(withKeys(subject.settings, { staleIfError, cache: { ttl: 0.1 } }));
    const expiresAt = Date.now() + 2_500;
    const [live, revoked, never] = (await stale.ask('create', { count: 3 })) as [Created, Created, Created];
    const [expiring] = (await stale.ask('create', { count: 1, expiresAt })) as [Created];
    const warm = tokensOf([live, revoked, expiring]);
    expect(statuses(await stale.ask('get', warm))).toEqual([200]);
    const readBy = Date.now();
    expect(await stale.ask('change', { method: 'revoke', of: revoked.id })).toMatchObject({
      outcome: 'done',
    });
    await subject.down();
    await wait(100);
    const [first, second, third] = await stale.ask('get', tokensOf([live, revoked, never]));
    expect(first).toMatchObject({ status: 200 });
    expect([401, 503]).toContain(second?.status);
    expect(third).toMatchObject({ status: 503 });
    await wait(Math.max(expiresAt - Date.now(), readBy + staleIfError * 1_000 - Date.now()) + 20);
    const [afterCeiling, , expired] = await stale.ask('get', warm);
    await subject.up();
    await stale.kill();
    expect(afterCeiling).toMatchObject({ status: 503 });
    expect([401, 503]).toContain(expired?.status);
  }, 60_000);
});
