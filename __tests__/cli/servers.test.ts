/** `npx latchkey` against real servers: the same commands, whatever the store. */
import { Redis } from 'ioredis';
import mysql from 'mysql2/promise';
import { Pool } from 'pg';
import { describeWithServer, runName } from '../support/servers';
import { buildCli, runCli, workFolder, type Outcome } from './built-cli';

jest.setTimeout(60_000);
buildCli();
const work = workFolder();
afterAll(work.remove);

const PEPPER = 'a pepper of more than thirty-two characters';
const TABLES = ['keys', 'locks', 'migrations', 'migrations_lock', 'usage', 'usage_batches', 'audit'];

/** Defines the tests of one store. */
function testCommands(url: string, options: readonly string[]): void {
  function latchkey(...args: readonly string[]): Promise<Outcome> {
    const env = { LATCHKEY_STORE: url, LATCHKEY_PEPPER: PEPPER };
    return runCli([...args, ...options], { cwd: work.folder, env });
  }

  it('makes, lists, rotates and revokes keys', async () => {
    const owner = runName();
    if (options.length > 0) {
      expect(await latchkey('list')).toMatchObject({
        code: 1,
        stderr: 'latchkey: The store has no tables for keys yet. Make them with: npx latchkey init\n',
      });
    }
    expect(await latchkey('init')).toMatchObject({ code: 0, stderr: '' });
    const created = await latchkey('create', '--name', 'first admin', '--owner', owner, '--json');
    expect(created).toMatchObject({ code: 0, stderr: '' });
    const { key } = JSON.parse(created.stdout) as { key: { id: string } };
    expect((await latchkey('rotate', key.id, '--overlap', '0s')).stdout).toMatch(/^sk_\w{54}\n$/);
    expect(await latchkey('revoke', key.id)).toMatchObject({ code: 0 });
    const { stdout } = await latchkey('list', '--owner', owner, '--state', 'live', '--json');
    expect((JSON.parse(stdout) as { keys: unknown[] }).keys).toHaveLength(1);
  });
}

describeWithServer('postgres', (url) => {
  const prefix = `${runName().slice(-20)}_`.replace(/^[^a-z]+/, 'p');
  testCommands(url, ['--table-prefix', prefix]);

  afterAll(async () => {
    const pool = new Pool({ connectionString: url });
    for (const table of TABLES) await pool.query(`drop table if exists ${prefix}${table}`);
    await pool.end();
  });
});

describeWithServer('mysql', (url) => {
  const prefix = `${runName().slice(-20)}_`.replace(/^[^a-z]+/, 'p');
  testCommands(url.replace('mysql:', 'mariadb:'), ['--table-prefix', prefix]);

  afterAll(async () => {
    const connection = await mysql.createConnection(url);
    for (const table of TABLES) await connection.query(`drop table if exists ${prefix}${table}`);
    await connection.end();
  });
});

describeWithServer('redis', (url) => {
  const database = new URL('/11', url).href;
  const client = new Redis(database, { lazyConnect: true });
  let before: string[] = [];

  beforeAll(async () => {
    await client.connect();
    before = await client.keys('{latchkey}:*');
  });
  afterAll(async () => {
    const made = (await client.keys('{latchkey}:*')).filter((name) => !before.includes(name));
    if (made.length > 0) await client.del(made);
    client.disconnect();
  });

  testCommands(database, []);
});
