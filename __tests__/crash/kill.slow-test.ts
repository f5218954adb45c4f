/** Processes are killed while they create, rotate and revoke keys: nothing is torn, nothing acknowledged is lost. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { Pool } from 'pg';
import { createApiKeys } from '../../lib';
import type { KeyRecord } from '../../lib';
import { sqlStore, type SqlStore } from '../../lib/stores/sql';
import { seeded, type Seeded } from '../support/seeded';
import { describeWithServer, runName, withDatabase } from '../support/servers';

/** Kills of each store: 200 in all. */
const KILLS = 100;
/** Processes at once. */
const LANES = 2;
const PEPPER = 'a pepper of more than thirty-two characters';

/** A line of a process: what it begins, or what was acknowledged to it. */
interface Line {
  readonly begins?: string;
  readonly done?: 'create' | 'rotate' | 'revoke';
  readonly id?: string;
  readonly successor?: string;
  readonly token?: string;
}

/** Runs a process and kills it after some lines and a moment; answers what it said. */
async function runAndKill(settings: object, random: Seeded): Promise<Line[]> {
  const worker = spawn(process.execPath, [join(__dirname, 'crash-worker.js'), JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(worker, 'close');
  const lines: Line[] = [];
  const last = 1 + random.below(30);
  const moment = random.below(4);
  for await (const text of createInterface({ input: worker.stdout })) {
    lines.push(JSON.parse(text) as Line);
    if (lines.length === last) void wait(moment).then(() => worker.kill('SIGKILL'));
  }
  const [, signal] = (await gone) as [unknown, string | null];
  if (signal !== 'SIGKILL') throw new Error('a process ended before it was killed');
  return lines;
}

async function killMany(settings: { readonly kind: string; readonly url: string }): Promise<Line[]> {
  const lines: Line[] = [];
  await Promise.all(
    Array.from({ length: LANES }, async (_, lane) => {
      const random = seeded(lane + 1);
      for (let run = lane; run < KILLS; run += LANES) {
        lines.push(...(await runAndKill({ ...settings, run, pepper: PEPPER }, random)));
      }
    }),
  );
  return lines;
}

async function everything(store: SqlStore): Promise<KeyRecord[]> {
  const records: KeyRecord[] = [];
  for (;;) {
    const last = records.at(-1);
    const page = await store.list({ now: 0, limit: 1000, ...(last && { after: last }) });
    records.push(...page);
    if (page.length < 1000) return records;
  }
}

/** What is wrong with the store, given what was acknowledged. */
async function faultsOf(store: SqlStore, lines: readonly Line[]): Promise<string[]> {
  const records = new Map((await everything(store)).map((record) => [record.id, record]));
  const keys = createApiKeys({ store, pepper: PEPPER });
  const faults: string[] = [];
  const expectThat = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };

  const successors = [...records.values()].flatMap(({ replacedById }) => replacedById ?? []);
  expectThat(new Set(successors).size === successors.length, 'a successor of two keys');
  const names = new Set([...records.values()].map(({ name }) => name));
  expectThat(names.size + successors.length === records.size, 'a rotation of which one half is there');
  for (const { id, name, metadata, scopes, rotatedAt, replacedById } of records.values()) {
    expectThat(metadata.checked === name && scopes[0] === 'models:read', `${id} is not whole`);
    expectThat((rotatedAt === null) === (replacedById === null), `${id} is half rotated`);
    if (replacedById !== null) expectThat(records.get(replacedById)?.name === name, `${id} has no successor`);
  }

  const revoking = new Set(lines.filter(({ begins }) => begins === 'revoke').map(({ id }) => id));
  for (const { done, id = '', successor, token } of lines) {
    if (done === 'revoke')
      expectThat(typeof records.get(id)?.revokedAt === 'number', `${id} is revoked no more`);
    if (done === 'rotate')
      expectThat(records.get(id)?.replacedById === successor, `${id} is rotated no more`);
    if (token === undefined) continue;
    const key = successor ?? id;
    const { granted } = await keys.verify(token);
    if (!revoking.has(key)) expectThat(granted, `${key} was created and is gone`);
    else if (typeof records.get(key)?.revokedAt === 'number')
      expectThat(!granted, `${key} is revoked and admitted`);
  }
  await keys.close();
  return faults;
}

async function expectNothingLost(kind: string, url: string, open: () => SqlStore): Promise<void> {
  const lines = await killMany({ kind, url });
  const done = (what: string): number => lines.filter((line) => line.done === what).length;
  process.stderr.write(
    `${kind}: ${String(KILLS)} kills; acknowledged: ${String(done('create'))} creations, ` +
      `${String(done('rotate'))} rotations, ${String(done('revoke'))} revocations\n`,
  );
  expect(done('revoke')).toBeGreaterThan(0);
  expect(done('rotate')).toBeGreaterThan(0);
  const store = open();
  expect(await faultsOf(store, lines)).toEqual([]);
  // The check itself: it notices a key that was acknowledged and is not there.
  for (const missing of [
    { done: 'create', id: 'x', token: 'x' },
    { done: 'rotate', id: 'x', successor: 'y' },
    { done: 'revoke', id: 'x' },
  ] as const) {
    expect(await faultsOf(store, [...lines, missing])).toHaveLength(1);
  }
}

describe('SIGKILL at random points', () => {
  it('SQLite: keys are whole or absent, rotations both or neither, nothing acknowledged is lost', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-crash-'));
    const file = join(folder, 'keys.sqlite');
    const database = new Database(file);
    await sqlStore({ sqlite: database }).migrate();
    database.close();
    const reopened: Database.Database[] = [];
    await expectNothingLost('sqlite', file, () => {
      reopened.push(new Database(file));
      return sqlStore({ sqlite: reopened[0]! });
    });
    expect(reopened[0]?.pragma('integrity_check', { simple: true })).toBe('ok');
    reopened[0]?.close();
    rmSync(folder, { recursive: true });
  });

  describeWithServer('postgres', (server) => {
    const name = runName();
    const admin = new Pool({ connectionString: server, max: 1 });
    const url = withDatabase(server, name);
    const pool = new Pool({ connectionString: url, max: 2 });
    // Dropping the database ends connections that are still closing.
    pool.on('error', () => undefined);

    beforeAll(async () => {
      await admin.query(`create database ${name}`);
      await sqlStore({ postgres: pool }).migrate();
    }, 60_000);

    afterAll(async () => {
      await pool.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    }, 60_000);

    it('PostgreSQL: keys are whole or absent, rotations both or neither, nothing acknowledged is lost', async () => {
      await expectNothingLost('postgres', url, () => sqlStore({ postgres: pool }));
    });
  });
});
