/** `npx latchkey import` as a process: what it does with rows, and what it never shows. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createApiKeys, type ApiKeys } from '../../lib';
import { sqlStore, type SqlStore } from '../../lib/stores/sql';
import { buildCli, outcomeOf, runCli, startCli, workFolder, type Outcome } from './built-cli';

jest.setTimeout(60_000);
buildCli();
const work = workFolder();
const PEPPER = 'a pepper of more than thirty-two characters';
const env = { LATCHKEY_STORE: 'sqlite:./keys.db', LATCHKEY_PEPPER: PEPPER };
const HASHED = 'legacy-hashed-token-1';
/** What the earlier system kept of it. */
const DIGEST = createHash('sha256').update(HASHED).digest('hex');

let store: SqlStore;
let app: ApiKeys;

beforeAll(async () => {
  store = sqlStore({ sqlite: new Database(join(work.folder, 'keys.db')), ownsConnection: true });
  await store.migrate();
  app = createApiKeys({ store, pepper: PEPPER, imported: true, cache: { ttl: 0, unknownTtl: 0 } });
});
afterAll(async () => {
  await app.close();
  work.remove();
});

function importing(args: readonly string[], input = ''): Promise<Outcome> {
  return runCli(['import', ...args], { cwd: work.folder, env }, input);
}

function write(file: string, ...lines: readonly string[]): void {
  writeFileSync(join(work.folder, file), lines.map((line) => `${line}\n`).join(''));
}

async function stored(): Promise<number> {
  return (await store.list({ now: 0, limit: 1000 })).length;
}

describe('JSON lines', () => {
  const rows = [
    '{"kind":"secret","name":"plain","scopes":["*"],"token":"legacy-plain-token-1","expiresAt":"2999-01-31"}',
    '{"kind":"secret","name":"legacy-secret-in-bad-json" "token":"legacy-broken-token"}',
    '["legacy-array-token-1"]',
    '',
    '{"kind":"legacy-misplaced-token","name":"x","scopes":["*"],"token":"legacy-plain-token-2"}',
    '{"kind":"secret","name":"x","scopes":["*"],"legacy-field-name-token":"1"}',
    '{"kind":"secret","name":"x","scopes":["*"],"token":"too short"}',
    '{"kind":"secret","name":"x","scopes":["*"],"token":"legacy-plain-token-3","createdAt":"yesterday"}',
    `{"kind":"scoped","name":"hashed","scopes":["a:b"],"hash":{"algorithm":"sha256","covers":"token","digest":"${DIGEST}"}}`,
  ];
  const report = join(work.folder, 'report.jsonl');

  beforeAll(() => {
    write('keys.jsonl', ...rows);
  });

  it('with --dry-run are checked and not stored', async () => {
    const { code, stdout } = await importing(['keys.jsonl', '--dry-run']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/\n8 rows: 2 would be imported, 0 known already, 6 invalid, 0 failed\.\n$/);
    expect(await stored()).toBe(0);
  });

  it('are imported, each with its outcome; no bad one stops the others', async () => {
    const { code, stdout, stderr } = await importing(['keys.jsonl', '--report', 'report.jsonl']);
    expect(code).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'line 2: invalid: The line is not JSON',
      'line 3: invalid: The line is no JSON object',
      expect.stringMatching(/^line 5: invalid: kind must be .*\(a value that is not repeated here\)$/),
      expect.stringMatching(/^line 6: invalid: \(a value that is not repeated here\) is not a field/),
      expect.stringMatching(/^line 7: invalid: token must have 16 to 512/),
      expect.stringMatching(/^line 8: invalid: createdAt must be a date/),
      '8 rows: 2 imported, 0 known already, 6 invalid, 0 failed.',
      '',
    ]);
    expect(stderr).toContain('imported: true');
    expect(await app.verify('legacy-plain-token-1')).toMatchObject({ granted: true, scope: '*' });
    expect(await app.verify(HASHED)).toMatchObject({ granted: true, scope: 'a:b' });
  });

  it('leave a report of every row, which holds no token', () => {
    const text = readFileSync(report, 'utf8');
    const outcomes = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { line: number; outcome: string; field?: string | null });
    expect(outcomes.map(({ line, outcome }) => [line, outcome])).toEqual([
      [1, 'imported'],
      ...[2, 3, 5, 6, 7, 8].map((line) => [line, 'invalid']),
      [9, 'imported'],
    ]);
    expect(outcomes.map(({ field }) => field)).toEqual([
      undefined,
      null,
      null,
      'kind',
      null,
      'token',
      'createdAt',
      undefined,
    ]);
    expect(text).not.toMatch(new RegExp(`legacy-|too short|${DIGEST}`));
  });

  it('change nothing the second time', async () => {
    const before = await store.list({ now: 0, limit: 1000 });
    const { code, stdout } = await importing(['keys.jsonl', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      imported: 0,
      exists: 2,
      invalid: 6,
      failed: 0,
      dryRun: false,
    });
    expect(stdout).not.toMatch(/legacy-|too short/);
    expect(await store.list({ now: 0, limit: 1000 })).toEqual(before);
  });
});

describe('CSV', () => {
  it('is read with quotes, lists, and hashes', async () => {
    write(
      'keys.csv',
      'kind,name,scopes,token,id,hash.algorithm,hash.digest,hash.covers,rateLimit,metadata',
      'secret,"Smith, ""Jo""",models:read chat:send,csv-plain-token-1,,,,,1000/hour,"{""a"":1}"',
      'secret,"broken"x,*,csv-plain-token-2,,,,,,',
      'secret,short row,*',
      `secret,hashed,*,,tenant.key,sha256,${DIGEST},secret,,`,
      'secret,bad rate,*,csv-plain-token-3,,,,,lots,',
    );
    const { code, stdout } = await importing(['keys.csv']);
    expect(code).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'line 3: invalid: A quote is not closed, or is followed by other text',
      'line 4: invalid: The line has 3 cells where the first line has 10',
      'line 6: invalid: rateLimit must read <requests>/<window>, as in 1000/hour',
      '5 rows: 2 imported, 0 known already, 3 invalid, 0 failed.',
      '',
    ]);
    const verdict = await app.verify('csv-plain-token-1');
    expect(verdict).toMatchObject({ granted: true, scope: 'models:read chat:send' });
    const [key] = (await app.list({ nameContains: 'Smith' })).keys;
    expect(key).toMatchObject({
      name: 'Smith, "Jo"',
      rateLimit: { limit: 1000, windowSeconds: 3600 },
      metadata: { a: 1 },
    });
    expect((await app.get('tenant.key')).name).toBe('hashed');
  });

  it('without a line of names is refused whole, and no cell is repeated', async () => {
    const before = await stored();
    const { code, stdout, stderr } = await importing(
      ['-', '--format', 'csv'],
      'secret,x,*,csv-plain-token-9\n',
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^latchkey: Column 1 of the first line is no name of a column\. Known: kind, name, /,
    );
    expect(stderr).not.toContain('csv-plain');
    expect(await stored()).toBe(before);
  });
});

describe('Ctrl-C', () => {
  it('ends the import behind the row under way, and says what was done', async () => {
    const child = startCli(['import', '-'], { cwd: work.folder, env });
    const outcome = outcomeOf(child);
    child.stdin.on('error', () => undefined);
    const row = (at: number) =>
      `{"kind":"secret","name":"row ${String(at)}","scopes":["*"],"token":"interrupted-token-${String(at)}"}\n`;
    child.stdin.write(`${row(1)}${row(2)}not JSON\n`);
    // The third line is told of once the first two are stored; standard input stays open.
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGINT');
    const { code, stdout, stderr } = await outcome;
    child.stdin.end(row(4));
    expect(code).toBe(130);
    expect(stdout).toContain('\n3 rows: 2 imported, 0 known already, 1 invalid, 0 failed.\n');
    expect(stderr).toContain('Stopped by Ctrl-C. Import the same file again to go on.');
    expect(await app.verify('interrupted-token-2')).toMatchObject({ granted: true });
  });
});

describe('a wrong call', () => {
  it.each([
    [['no-such.jsonl'], 1, /There is no file .*no-such\.jsonl\.$/],
    [['.'], 1, /is no file\.$/],
    [['keys.jsonl', '--report', './keys.jsonl'], 2, /--report names the file that is imported/],
    [['keys.jsonl', '--format', 'xml'], 2, /Allowed choices are jsonl, csv/],
  ])('%j ends with %i', async (args, expected, message) => {
    const { code, stdout, stderr } = await importing(args);
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(stderr.split('\n')[0]).toMatch(message);
    expect(existsSync(join(work.folder, 'keys.jsonl'))).toBe(true);
  });
});
