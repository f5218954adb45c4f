/** The database servers of this machine: where they are, whether they answer, a name for each run. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

const SERVERS = {
  postgres: {
    name: 'PostgreSQL',
    variable: 'LATCHKEY_TEST_POSTGRES_URL',
    preset: 'postgres://postgres@127.0.0.1:5432/test',
  },
  mysql: {
    name: 'MySQL/MariaDB',
    variable: 'LATCHKEY_TEST_MYSQL_URL',
    preset: 'mysql://root@127.0.0.1:3306/test',
  },
  redis: { name: 'Redis', variable: 'LATCHKEY_TEST_REDIS_URL', preset: 'redis://127.0.0.1:6379' },
} as const;

/** The servers that tests know. */
export type ServerKind = keyof typeof SERVERS;

/** Connects in a process of its own: jest wants to know synchronously which tests there are. */
const PROBE = `
const socket = require('node:net').connect({ host: process.argv[1], port: Number(process.argv[2]) });
socket.setTimeout(1000, () => process.exit(1));
socket.once('connect', () => process.exit(0)).once('error', () => process.exit(1));
`;

function answers({ hostname, port }: URL): boolean {
  return spawnSync(process.execPath, ['-e', PROBE, hostname, port]).status === 0;
}

/**
 * Defines `body` as the tests that need a server, where it answers: on the URL of its environment variable,
 * else on the standard port of loopback. Elsewhere one line says that they are left out, and with
 * `LATCHKEY_REQUIRE_SERVERS=1` they fail.
 */
export function describeWithServer(kind: ServerKind, body: (url: string) => void): void {
  const { name, variable, preset } = SERVERS[kind];
  const url = new URL(process.env[variable] ?? preset);
  if (answers(url)) {
    describe(name, () => {
      body(url.href);
    });
    return;
  }
  const missing = `${name} does not answer at ${url.host} (${variable})`;
  const required = process.env.LATCHKEY_REQUIRE_SERVERS === '1';
  if (!required) process.stderr.write(`Left out: the ${name} suite. ${missing}.\n`);
  it(`${name} may be left out where it does not answer`, () => {
    if (required) throw new Error(`${missing}, and LATCHKEY_REQUIRE_SERVERS=1 asks for it`);
  });
}

/** A name for a database, a schema or a key prefix that no other run has. */
export function runName(): string {
  return `latchkey_test_${String(process.pid)}_${randomBytes(4).toString('hex')}`;
}

/** `url` with another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
