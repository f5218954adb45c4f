/** Servers of the test's own, which it may stop, kill and start again. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';

/** How to start a server. */
interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly account: { readonly uid?: number; readonly gid?: number };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const accepted = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return accepted;
}

/** The processes that `parent` started. */
function childrenOf(parent: number): number[] {
  const file = `/proc/${String(parent)}/task/${String(parent)}/children`;
  return readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

/** A server process in a folder of its own. */
export class OwnServer {
  readonly port: number;
  readonly #folder: string;
  readonly #command: Command;
  readonly #ready: (port: number) => Promise<boolean>;
  #process: ChildProcess | null = null;
  #stopped: number[] = [];

  constructor(port: number, folder: string, command: Command, ready = accepts) {
    this.port = port;
    this.#folder = folder;
    this.#command = command;
    this.#ready = ready;
  }

  /** Starts it, or lets it run on after {@link OwnServer.stop}. Resolves when it takes connections. */
  async up(): Promise<void> {
    for (const pid of this.#stopped) process.kill(pid, 'SIGCONT');
    this.#stopped = [];
    if (this.#process === null) {
      const { file, args, account } = this.#command;
      this.#process = spawn(file, args, { ...account, cwd: this.#folder, stdio: 'ignore' });
    }
    while (!(await this.#ready(this.port))) {
      if (this.#process.exitCode !== null) throw new Error(`${this.#command.file} did not start`);
      await wait(20);
    }
  }

  /** SIGSTOP: connections stay open, and nothing answers. */
  stop(): void {
    this.#stopped = this.#signal('SIGSTOP');
  }

  /** SIGKILL: connections break, new ones are refused. */
  async kill(): Promise<void> {
    if (this.#process === null) return;
    const gone = once(this.#process, 'exit');
    this.#signal('SIGKILL');
    await gone;
    this.#process = null;
    this.#stopped = [];
  }

  /** Ends it, and removes its folder. */
  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  /** The server first, so that it starts no further process meanwhile. */
  #signal(signal: NodeJS.Signals): number[] {
    const main = this.#process?.pid;
    if (main === undefined) throw new Error(`${this.#command.file} does not run`);
    const children = childrenOf(main);
    process.kill(main, 'SIGSTOP');
    const all = [main, ...new Set([...children, ...childrenOf(main)])];
    return all.filter((pid) => {
      try {
        return process.kill(pid, signal);
      } catch {
        return false;
      }
    });
  }
}

function findProgram(name: string, folders: readonly string[]): string | null {
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file)) ?? null;
}

const PATH = (process.env.PATH ?? '').split(':');

/** PostgreSQL takes connections while it recovers, and refuses whatever is asked then. */
async function answersQueries(port: number): Promise<boolean> {
  const client = new Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
  client.on('error', () => undefined);
  return client.connect().then(
    async () => {
      await client.end();
      return true;
    },
    () => false,
  );
}

/** The program of Redis, or `null` where it is not installed. */
export const REDIS = findProgram('redis-server', PATH);

const POSTGRES_ROOT = '/usr/lib/postgresql';
const POSTGRES_FOLDERS = existsSync(POSTGRES_ROOT)
  ? readdirSync(POSTGRES_ROOT).map((version) => join(POSTGRES_ROOT, version, 'bin'))
  : [];

/** The program of PostgreSQL, or `null` where it is not installed. */
export const POSTGRES = findProgram('postgres', [...POSTGRES_FOLDERS.reverse(), ...PATH]);

/** PostgreSQL does not run as root: then it runs as the user that its package made. */
function postgresAccount(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => {
    return Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  };
  return { uid: id('-u'), gid: id('-g') };
}

/** A Redis that writes every command to disk before it answers. */
export async function ownRedis(program: string): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-redis-'));
  const port = await freePort();
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'yes',
    appendfsync: 'always',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return new OwnServer(port, folder, { file: program, args, account: {} });
}

/** A PostgreSQL with few connections; superuser `postgres`, without a password. */
export async function ownPostgres(program: string, maxConnections: number): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-postgres-'));
  const account = postgresAccount();
  if (account.uid !== undefined && account.gid !== undefined) chownSync(folder, account.uid, account.gid);
  const data = join(folder, 'data');
  const initdb = spawnSync(
    join(program, '..', 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...account, cwd: folder, encoding: 'utf8' },
  );
  if (initdb.status !== 0) throw new Error(`initdb failed: ${initdb.stderr}`);
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    max_connections: maxConnections,
    autovacuum: 'off',
    shared_buffers: '8MB',
  };
  const args = [
    '-D',
    data,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${String(value)}`]),
  ];
  return new OwnServer(port, folder, { file: program, args, account }, answersQueries);
}
