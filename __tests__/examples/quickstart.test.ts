/** The quickstart, as a process: what it prints is true, and it survives restarts, kills and wrong settings. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { builtProject, type BuiltProject } from './built-project';
import { RunningExample } from './running-example';

const VARIABLES = ['ADMIN_KEY', 'SECRET_KEY', 'PUBLISHABLE_KEY', 'SCOPED_KEY', 'READONLY_KEY'] as const;
const TOKEN = /\b[sptr]k_[0-9A-Za-z]{54}\b/;

// Each example is a process of its own, which takes its time on a busy machine.
jest.setTimeout(60_000);

let project: BuiltProject;
const running: RunningExample[] = [];

beforeAll(() => {
  project = builtProject('quickstart');
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((example) => example.stop('SIGKILL')));
});
afterAll(() => project.remove());

/** An empty working directory. */
const folder = (): string => mkdtempSync(join(project.folder, 'run-'));

function start(cwd: string, env: Record<string, string> = {}): RunningExample {
  // The command of `npm start`, in a working directory of its own.
  const { scripts } = JSON.parse(readFileSync(join(project.folder, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  const command = scripts.start.replaceAll('examples/', `${project.folder}/examples/`);
  const example = new RunningExample(command, cwd, { PORT: '0', ...env });
  running.push(example);
  return example;
}

/** The address of an example, once it listens. */
async function base(example: RunningExample): Promise<string> {
  return (await example.printed(/^Listening on (\S+?)\./m))[1]!;
}

/** The `NAME=value` lines of an output. */
function variables(output: string): Partial<Record<string, string>> {
  const lines = [...output.matchAll(/^([A-Z_]+_KEY)=(\S+)$/gm)];
  return Object.fromEntries(lines.map((line) => [line[1] as string, line[2] as string]));
}

async function status(url: string, headers: Record<string, string>): Promise<number> {
  return (await fetch(url, { headers })).status;
}

async function codeOf(response: Response): Promise<unknown> {
  return ((await response.json()) as { error: { code: unknown } }).error.code;
}

describe('the first start', () => {
  it('prints one line a key, and commands that answer as it says', async () => {
    const example = start(folder());
    await base(example);
    const { output } = example;
    expect(Object.keys(variables(output))).toEqual(VARIABLES);

    const bin = join(project.folder, 'bin');
    mkdirSync(bin, { recursive: true });
    copyFileSync(join(__dirname, 'curl.mjs'), join(bin, 'curl.mjs'));
    writeFileSync(
      join(bin, 'curl'),
      `#!/bin/sh\nexec '${process.execPath}' '${join(bin, 'curl.mjs')}' "$@"\n`,
    );
    chmodSync(join(bin, 'curl'), 0o755);
    const lines = output.split('\n');
    const pasted = lines.filter((line) => /^([A-Z_]+=|curl |#)/.test(line)).join('\n');
    const answers = execFileSync('sh', ['-eu'], {
      input: pasted,
      encoding: 'utf8',
      env: { PATH: `${bin}:${process.env.PATH ?? ''}` },
    });
    const said = lines.filter((line) => line.startsWith('#> ')).map((line) => line.slice(3));
    expect(said).toHaveLength(14);
    expect(answers.trimEnd().split('\n')).toEqual(said);
  });

  it('allows pages of http://localhost:3000 and https://app.example.com, and no others', async () => {
    const example = start(folder());
    const url = `${await base(example)}/v2/floor/f1?pubtoken=${variables(example.output).PUBLISHABLE_KEY!}`;
    expect(await status(url, { Origin: 'http://localhost:3000' })).toBe(200);
    expect(await status(url, { Origin: 'https://app.example.com' })).toBe(200);
    expect(await status(url, { Origin: 'https://example.com' })).toBe(403);
    expect(await status(url, {})).toBe(403);
  });

  it('answers unknown routes and bad bodies in the same envelope', async () => {
    const example = start(folder());
    const url = await base(example);
    const headers = {
      Authorization: `Bearer ${variables(example.output).SECRET_KEY!}`,
      'Content-Type': 'application/json',
    };
    const unknown = await fetch(`${url}/nowhere`, { headers });
    expect([unknown.status, await codeOf(unknown)]).toEqual([404, 'NOT_FOUND']);
    const bad = await fetch(`${url}/systems`, { method: 'POST', headers, body: '{' });
    expect([bad.status, await codeOf(bad)]).toEqual([400, 'INVALID_REQUEST']);
  });
});

describe('the management endpoints', () => {
  it('are mounted at /api/v1: the admin key creates, lists, rotates and revokes', async () => {
    const example = start(folder());
    const keys = `${await base(example)}/api/v1/keys`;
    const headers = {
      Authorization: `Bearer ${variables(example.output).ADMIN_KEY!}`,
      'Content-Type': 'application/json',
    };
    const answer = async (path: string, init: RequestInit = {}) => {
      const response = await fetch(`${keys}${path}`, { headers, ...init });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const body = JSON.stringify({ name: 'My Application', permissions: ['models:read'], rate_limit: 1000 });
    const created = await answer('', { method: 'POST', body });
    expect(created).toMatchObject({ status: 201, body: { permissions: ['models:read'], rate_limit: 1000 } });
    const path = `/${String(created.body.id)}`;
    expect(((await answer('')).body.keys as unknown[]).length).toBe(VARIABLES.length + 1);
    expect(await answer(`${path}/rotate`, { method: 'POST' })).toMatchObject({
      status: 201,
      body: { previous: { id: created.body.id } },
    });
    expect(await answer(path, { method: 'DELETE' })).toMatchObject({
      status: 200,
      body: { state: 'revoked' },
    });
  });
});

describe('limits', () => {
  it('are 1000 an hour, or what rate_limit says, as a number or with a window of its own', async () => {
    const example = start(folder());
    const url = await base(example);
    const { ADMIN_KEY, SCOPED_KEY } = variables(example.output);
    const withKey = async (rateLimit: unknown) => {
      const response = await fetch(`${url}/api/v1/keys`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${ADMIN_KEY!}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ name: 'Limited', permissions: ['models:read'], rate_limit: rateLimit }),
      });
      return ((await response.json()) as { key: string }).key;
    };
    const told = async (path: string, key: string) => {
      const { status, headers } = await fetch(`${url}${path}`, { headers: { 'X-API-Key': key } });
      const inSeconds = Number(headers.get('x-ratelimit-reset')) - Date.now() / 1000;
      const names = ['x-ratelimit-limit', 'x-ratelimit-remaining'];
      return { status, headers: names.map((name) => headers.get(name)), inSeconds };
    };

    const usual = await told('/systems', SCOPED_KEY!);
    expect(usual).toMatchObject({ status: 200, headers: ['1000', '999'] });
    expect(usual.inSeconds).toBeGreaterThan(3_500);
    const number = await told('/models', await withKey(500));
    expect(number).toMatchObject({ status: 200, headers: ['500', '499'] });
    expect(number.inSeconds).toBeGreaterThan(3_500);

    const short = await withKey({ limit: 10, window_seconds: 60 });
    const all = await Promise.all(Array.from({ length: 30 }, () => told('/models', short)));
    expect(all.filter(({ status }) => status === 200)).toHaveLength(10);
    const refused = await fetch(`${url}/models`, { headers: { 'X-API-Key': short } });
    expect([refused.status, await codeOf(refused)]).toEqual([429, 'RATE_LIMITED']);
    const retryAfter = Number(refused.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThanOrEqual(1);
    expect(retryAfter).toBeLessThanOrEqual(60);
    // Callers without a key are not limited here.
    expect((await fetch(`${url}/open`)).headers.get('x-ratelimit-limit')).toBeNull();
  });
});

describe('a later start', () => {
  it('knows the keys and shows no token', async () => {
    const cwd = folder();
    const first = start(cwd);
    await base(first);
    const { SECRET_KEY, READONLY_KEY } = variables(first.output);
    expect(await first.stop('SIGTERM')).toEqual({ code: 0, signal: null });

    const second = start(cwd);
    const url = await base(second);
    expect(second.output).not.toMatch(TOKEN);
    expect(second.output).toContain('delete the file');
    expect(await status(`${url}/v2/floor/f1`, { Authorization: `Bearer ${SECRET_KEY!}` })).toBe(200);
    expect(await status(`${url}/systems`, { 'X-API-Key': READONLY_KEY! })).toBe(200);
    // As Ctrl-C under npm: once from the terminal, once from npm.
    void second.stop('SIGINT');
    expect(await second.stop('SIGINT')).toEqual({ code: 0, signal: null });
  });

  it('replaces a key whose token nobody saw, creates one that is missing, and leaves the others', async () => {
    const cwd = folder();
    const first = start(cwd);
    await base(first);
    const before = variables(first.output);
    await first.stop('SIGTERM');
    // As a kill leaves the file: one key stored and not shown, the next one not stored.
    const database = new Database(join(cwd, 'latchkey.sqlite'));
    database.exec(`
      update latchkey_keys set metadata = '{"variable":"SCOPED_KEY"}' where name = 'quickstart SCOPED_KEY';
      delete from latchkey_keys where name = 'quickstart READONLY_KEY';
    `);
    database.close();

    const second = start(cwd);
    const systems = `${await base(second)}/systems`;
    const after = variables(second.output);
    expect(Object.keys(after)).toEqual(['SCOPED_KEY', 'READONLY_KEY']);
    expect(await status(systems, { 'X-API-Key': before.SECRET_KEY! })).toBe(200);
    expect(await status(systems, { 'X-API-Key': before.SCOPED_KEY! })).toBe(401);
    expect(await status(systems, { 'X-API-Key': after.SCOPED_KEY! })).toBe(200);
    expect(await status(systems, { 'X-API-Key': after.READONLY_KEY! })).toBe(200);
  });

  it('completes a first start that was killed half-way', async () => {
    const cwd = folder();
    const killed = start(cwd);
    await killed.printed(/^SECRET_KEY=\S+$/m);
    await killed.stop('SIGKILL');

    const next = start(cwd);
    const systems = `${await base(next)}/systems`;
    const all = { ...variables(killed.output), ...variables(next.output) };
    expect(Object.keys(all)).toEqual(VARIABLES);
    for (const variable of ['SECRET_KEY', 'SCOPED_KEY', 'READONLY_KEY']) {
      expect(await status(systems, { 'X-API-Key': all[variable]! })).toBe(200);
    }
  });
});

describe('settings', () => {
  it.each([
    ['a port that is no number', { PORT: 'x' }, 'PORT must be a number from 0 to 65535; received "x".'],
    [
      'a file in no folder',
      { LATCHKEY_DB: 'no/such/file' },
      'Set LATCHKEY_DB to a file that can be written.',
    ],
    ['a folder for a file', { LATCHKEY_DB: '.' }, 'Set LATCHKEY_DB to a file that can be written.'],
    ['a short pepper', { LATCHKEY_PEPPER: 'short' }, 'pepper 1 must be a string of at least 32 characters'],
  ])('%s: one sentence and no stack', async (_name, env, sentence) => {
    const example = start(folder(), env);
    expect(await example.ended()).toEqual({ code: 1, signal: null });
    expect(example.output).toContain(sentence);
    expect(example.output).not.toMatch(/^\s+at /m);
  });

  it('a port that is taken', async () => {
    const other = createServer().listen(0);
    const { port } = other.address() as AddressInfo;
    const example = start(folder(), { PORT: String(port) });
    expect(await example.ended()).toEqual({ code: 1, signal: null });
    expect(example.output).toBe(
      `Port ${String(port)} is taken. Set PORT to another one, such as PORT=${String(port + 1)}.\n`,
    );
    other.close();
  });

  it('a pepper, and a second one that takes its place', async () => {
    const cwd = folder();
    const [old, current] = ['o'.repeat(32), 'c'.repeat(32)];
    const first = start(cwd, { LATCHKEY_PEPPER: old });
    await base(first);
    const authorization = `Bearer ${variables(first.output).SECRET_KEY!}`;
    await first.stop('SIGTERM');
    const second = start(cwd, { LATCHKEY_PEPPER: `${current},${old}` });
    expect(await status(`${await base(second)}/v2/floor/f1`, { Authorization: authorization })).toBe(200);
  });
});
