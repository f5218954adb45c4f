/** What the suites of faults share: the promised times, the subjects, and how answers are judged. */
import { setTimeout as wait } from 'node:timers/promises';
import { describeWithServer } from '../support/servers';
import type { Answer, Created, FaultProcess, FaultSettings } from './fault-process';
import { POSTGRES, REDIS } from './own-server';
import { mysqlSubject, postgresSubject, redisSubject, type Subject } from './subjects';

/** In ms, as DESIGN 7 promises them. */
export const PROMISED = { hangs: 1_100, refuses: 100, open: 10, back: 5_000, close: 5_000 };

/** The time of the fastest answer. */
export const fastest = (answers: readonly Answer[]): number => Math.min(...answers.map(({ ms }) => ms));

/** Every status that was answered, once. */
export function statuses(answers: readonly Answer[]): number[] {
  return [...new Set(answers.map(({ status }) => status))].sort();
}

/** The tokens of keys. */
export const tokensOf = (created: readonly Created[]): string[] => created.map(({ token }) => token);

/** The time that half of the answers took at most. */
export function median(answers: readonly Answer[]): number {
  const sorted = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Writes a figure for those who read along. */
export function tell(store: string, what: string, ms: number): void {
  process.stderr.write(`${store}: ${what} ${ms.toFixed(1)} ms\n`);
}

/** How long it takes until the token is admitted, in ms. Nothing but 503 may come before. */
export async function untilAdmitted(asked: FaultProcess, token: string): Promise<number> {
  const began = performance.now();
  for (;;) {
    const [answer] = await asked.ask('get', [token]);
    const ms = performance.now() - began;
    if (answer?.status === 200) return ms;
    if (answer?.status !== 503) throw new Error(`answered ${String(answer?.status)} on the way back`);
    if (ms > 3 * PROMISED.back) return ms;
    await wait(50);
  }
}

/** The settings with options of `createApiKeys`. */
export function withKeys(
  settings: FaultSettings,
  keys: NonNullable<NonNullable<FaultSettings['options']>['keys']>,
): FaultSettings {
  return { ...settings, options: { ...settings.options, keys } };
}

/** `body` with a server's program, where it is installed; elsewhere one line says what is left out. */
export function describeInstalled(
  name: string,
  program: string | null,
  body: (program: string) => void,
): void {
  if (program !== null) {
    describe(name, () => body(program));
    return;
  }
  const required = process.env.LATCHKEY_REQUIRE_SERVERS === '1';
  if (!required) process.stderr.write(`Left out: faults of ${name}. Its server is not installed.\n`);
  it(`${name} may be left out where it is not installed`, () => {
    expect(required).toBe(false);
  });
}

/** `body` for each store whose server can be made to fail here. */
export function describeSubjects(body: (name: string, open: () => Promise<Subject>) => void): void {
  describeInstalled('PostgreSQL', POSTGRES, (program) => body('PostgreSQL', () => postgresSubject(program)));
  describeInstalled('Redis', REDIS, (program) => body('Redis', () => redisSubject(program)));
  describeWithServer('mysql', (url) => body('MySQL/MariaDB', () => mysqlSubject(url)));
}
