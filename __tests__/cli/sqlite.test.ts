/** `npx latchkey` as a process, on SQLite: what an operator does, from the first key on. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createApiKeys, type ApiKeys, type CreateKeyInput } from '../../lib';
import { sqlStore, type SqlStore } from '../../lib/stores/sql';
import { BUILT, buildCli, outcomeOf, runCli, startCli, workFolder, type Outcome } from './built-cli';

const TOKEN = /^sk_[0-9A-Za-z]{54}\n$/;
const PEPPER = 'a pepper of more than thirty-two characters';

jest.setTimeout(60_000);
buildCli();
const work = workFolder();
const env = { LATCHKEY_STORE: 'sqlite:./keys.db', LATCHKEY_PEPPER: PEPPER };

/** The same database, as an app opens it. */
let store: SqlStore;
let app: ApiKeys;

function latchkey(...args: string[]): Promise<Outcome> {
  return runCli(args, { cwd: work.folder, env });
}

/** A key that the app made. */
async function created(input: Partial<CreateKeyInput> = {}): Promise<{ token: string; id: string }> {
  const { token, key } = await app.create({ kind: 'secret', name: 'a key', ...input });
  return { token, id: key.id };
}

beforeAll(async () => {
  expect(await latchkey('init')).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^Applied 0001-keys.*\.\n$/) as string,
    stderr: '',
  });
  store = sqlStore({ sqlite: new Database(join(work.folder, 'keys.db')), ownsConnection: true });
  app = createApiKeys({ store, pepper: PEPPER, cache: { ttl: 0 } });
});
afterAll(async () => {
  await app.close();
  work.remove();
});

describe('init', () => {
  it('can be run again', async () => {
    expect(await latchkey('init')).toEqual({ code: 0, stdout: 'The store is up to date.\n', stderr: '' });
  });
});

describe('create', () => {
  it('prints the token alone to standard output, once, and the key without it to standard error', async () => {
    const { code, stdout, stderr } = await latchkey('create', '--name', 'first admin');
    expect(code).toBe(0);
    expect(stdout).toMatch(TOKEN);
    expect(stderr).toMatch(/^name +first admin$/m);
    expect(stderr).not.toContain(stdout.trim().slice(-38));
    expect(await app.verify(stdout.trim())).toMatchObject({ granted: true, scope: '*' });
  });

  it('takes every field that a key has, and hashes with the pepper of the environment', async () => {
    const { code, stdout, stderr } = await latchkey(
      ...['create', '--name', 'CI', '--json', '--kind', 'scoped', '--owner', 'acme', '--user', 'ada'],
      ...['--description', 'build server', '--scope', 'models:read', 'chat:send', '--expires', '2999-01-31'],
      ...['--address', '192.0.2.0/24', '--host', 'api.example.com', '--rate-limit', '100/hour'],
      ...['--quota', '5000/month', '--metadata', '{"team":"maps"}'],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { token, key } = JSON.parse(stdout) as { token: string; key: { id: string; expiresAt: string } };
    expect(token).toContain(key.id);
    expect(key.expiresAt).toBe('2999-01-31T00:00:00Z');
    expect((await store.findById(key.id))?.hash).toMatch(/^hmac-sha256:/);
    expect(await app.get(key.id)).toMatchObject({
      kind: 'scoped',
      ownerId: 'acme',
      userId: 'ada',
      description: 'build server',
      scopes: ['models:read', 'chat:send'],
      addresses: ['192.0.2.0/24'],
      hosts: ['api.example.com'],
      expiresAt: Date.UTC(2999, 0, 31),
      rateLimit: { limit: 100, windowSeconds: 3600 },
      quota: { limit: 5000, period: 'month' },
      metadata: { team: 'maps' },
    });
  });

  it('says so when nobody takes the token, and how to take the key back', async () => {
    const child = startCli(['create', '--name', 'lost'], { cwd: work.folder, env });
    child.stdout.destroy();
    const { code, stderr } = await outcomeOf(child);
    expect(code).toBe(1);
    const [, id] = /npx latchkey revoke (\w{16})\n$/.exec(stderr) ?? [];
    expect((await app.get(id ?? '')).name).toBe('lost');
  });
});

describe('a configuration', () => {
  const folder = join(work.folder, 'configured');

  beforeAll(() => {
    mkdirSync(folder);
    writeFileSync(
      join(folder, 'latchkey.config.mjs'),
      `import latchkey from ${JSON.stringify(BUILT)};
       export const prefixes = { secret: 'acme_sk_', publishable: 'acme_pk_' };
       export const scopes = latchkey.defineScopes({
         resources: { floor: { actions: ['read', 'write'], publishable: ['read'] } },
       });
       export const caps = { publishable: 1 };`,
    );
  });

  function configured(...args: string[]): Promise<Outcome> {
    return runCli(args, { cwd: folder, env: { ...env, LATCHKEY_STORE: 'sqlite:../keys.db' } });
  }

  it('in the folder is found; its prefixes, scopes and caps hold', async () => {
    const publishable = ['create', '--kind', 'publishable', '--name', 'p', '--owner', 'web'];
    const [typo, secret, first] = await Promise.all([
      configured('create', '--name', 'x', '--scope', 'flor:read'),
      configured('create', '--name', 'x', '--scope', 'floor:read'),
      configured(...publishable, '--scope', 'floor:read', '--origin', 'https://app.example.com'),
    ]);
    expect(typo).toMatchObject({ code: 2, stdout: '' });
    expect(typo.stderr).toBe(
      'latchkey: --scope: scopes is invalid: there is no resource "flor": did you mean floor?\n',
    );
    expect(secret.stdout).toMatch(/^acme_sk_\w{54}\n$/);
    expect(first.stdout).toMatch(/^acme_pk_\w{54}\n$/);
    expect(await configured(...publishable, '--scope', 'floor:read')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'latchkey: At most 1 publishable keys can exist at a time.\n',
    });
  });
});

describe('list', () => {
  it('shows keys of one owner as an aligned table', async () => {
    await created({ ownerId: 'table' });
    await created({ ownerId: 'table', kind: 'scoped', scopes: ['a:b'] });
    const { code, stdout } = await latchkey('list', '--owner', 'table');
    expect(code).toBe(0);
    const [heading = '', ...rows] = stdout.trimEnd().split('\n');
    expect(rows).toHaveLength(2);
    for (const name of ['KIND', 'STATE', 'OWNER', 'CREATED (UTC)']) {
      const at = heading.indexOf(name);
      expect(rows.map((row) => row.slice(at - 2, at + 1))).toEqual([
        expect.stringMatching(/^ {2}\S$/),
        expect.stringMatching(/^ {2}\S$/),
      ]);
    }
  });

  it('goes through all pages', async () => {
    const [page, all] = await Promise.all([
      latchkey('list', '--limit', '1'),
      latchkey('list', '--all', '--json'),
    ]);
    expect(page.stderr).toMatch(/^There are more: --cursor \S+, or --all\.\n$/);
    const { keys, nextCursor } = JSON.parse(all.stdout) as { keys: unknown[]; nextCursor: unknown };
    expect(nextCursor).toBeNull();
    expect(keys).toHaveLength((await store.list({ now: 0, limit: 1000 })).length);
  });

  it('never obeys what stands in a name', async () => {
    const { id } = await created({ ownerId: 'hostile' });
    // Nothing that the library creates is called so: another program wrote into the table.
    const record = await store.findById(id);
    await store.update(id, record?.version ?? 0, { name: '\u001b]0;owned\u0007\u202egnp.exe\u009b31m' }, 1);
    const [table, fields, asJson] = await Promise.all([
      latchkey('list', '--owner', 'hostile'),
      latchkey('show', id),
      latchkey('show', id, '--json'),
    ]);
    for (const { stdout } of [table, fields, asJson]) {
      expect(stdout).toMatch(/owned/);
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
    expect(fields.stdout).toContain('name       \\u{001b}]0;owned\\u{0007}\\u{202e}gnp.exe\\u{009b}31m');
    expect((JSON.parse(asJson.stdout) as { name: string }).name).toContain('\u202egnp.exe');
  });

  it('ends quietly when nobody reads on', async () => {
    const child = startCli(['list'], { cwd: work.folder, env });
    child.stdout.destroy();
    expect(await outcomeOf(child)).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('rotate, revoke, show, explain, check', () => {
  it('follow a key through its life', async () => {
    const { token, id } = await created({ scopes: ['models:read'] });
    const start = { cwd: work.folder, env };
    expect(await runCli(['check'], start, `${token}\n`)).toEqual({
      code: 0,
      stdout: `kind      secret\nid        ${id}\nchecksum  matches\n`,
      stderr: '',
    });
    const [allowed, refused] = await Promise.all([
      latchkey('explain', id, '--scope', 'models:read'),
      latchkey('explain', id, '--scope', 'models:write'),
    ]);
    expect([allowed.code, refused.code]).toEqual([0, 1]);
    expect(allowed.stdout).toMatch(/\nscope +passed .*\n\nGranted\. The key may do: models:read\n$/);
    expect(refused.stdout).toMatch(/\nscope +failed .*\n\nRefused with 403 \(scope_missing\)/);

    const rotated = await latchkey('rotate', id, '--overlap', '2h');
    expect(rotated.stdout).toMatch(TOKEN);
    expect(rotated.stderr).toContain(`The old key, ${id}, ends at `);
    expect(await app.verify(token)).toMatchObject({ granted: true });
    const successor = (await app.get(id)).replacedById as string;
    const shown = JSON.parse((await latchkey('show', id, '--json')).stdout) as Record<string, unknown>;
    expect(shown).toMatchObject({ id, state: 'rotated', replacedById: successor });
    expect(shown).not.toHaveProperty('hash');

    const revoked = await latchkey('revoke', id, 'no-such-key', successor);
    expect(revoked.code).toBe(1);
    expect(revoked.stdout).toMatch(new RegExp(`^Revoked ${id} .*\nRevoked ${successor} .*\n$`));
    expect(revoked.stderr).toBe('latchkey: no-such-key: There is no key with this id.\n');
    expect(await app.verify(token)).toMatchObject({ granted: false });
    const entries = await store.audit().read({ keyId: id, limit: 10 });
    expect(entries.map(({ action, actorType, actorId }) => [action, actorType, actorId])).toEqual([
      ['revoked', 'system', 'latchkey-cli'],
      ['rotated', 'system', 'latchkey-cli'],
    ]);
    expect(await app.verify(rotated.stdout.trim())).toMatchObject({ granted: false });
  });
});

describe('purge', () => {
  it('deletes what expired long enough ago', async () => {
    const { id } = await created({ expiresAt: Date.now() + 3_600_000 });
    const record = await store.findById(id);
    await store.update(id, record?.version ?? 0, { expiresAt: Date.now() - 3 * 86_400_000 }, 1);
    expect(await latchkey('purge', '--older-than', '7d')).toMatchObject({ stdout: 'Deleted 0 keys.\n' });
    expect(await latchkey('purge')).toEqual({ code: 0, stdout: 'Deleted 1 key.\n', stderr: '' });
    expect(await store.findById(id)).toBeNull();
  });
});

describe('usage', () => {
  it('shows what was counted', async () => {
    const { id } = await created();
    const counted = { keyId: id, dimension: '', requests: 7, denied: 2, limited: 1 };
    await store.usage().add({ id: 'batch', rows: [{ ...counted, day: '2027-01-02' }] });
    const range = ['--from', '2027-01-01', '--to', '2027-01-03'];
    const [days, keys, csv] = await Promise.all([
      latchkey('usage', id, ...range),
      latchkey('usage', ...range),
      latchkey('usage', ...range, '--csv'),
    ]);
    expect(days.stdout).toBe(
      'DAY (UTC)   REQUESTS  DENIED  LIMITED\n' +
        '2027-01-01  0         0       0\n' +
        '2027-01-02  7         2       1\n' +
        '2027-01-03  0         0       0\n',
    );
    expect(keys.stdout).toContain(`${id}  7         2       1\n`);
    expect(csv.stdout).toContain(`${id},2027-01-02,,7,2,1\r\n`);
  });
});
