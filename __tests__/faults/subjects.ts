/** The stores whose servers the tests let fail, each with the ways in which it can. */
import { Redis } from 'ioredis';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { Client } from 'pg';
import { runName, withDatabase } from '../support/servers';
import type { FaultSettings } from './fault-process';
import { ownPostgres, ownRedis } from './own-server';
import { TcpProxy } from './tcp-proxy';

/** A store and its server. */
export interface Subject {
  readonly settings: FaultSettings;
  /** Whether its driver keeps a pool of connections. */
  readonly pooled: boolean;
  /** Connections stay open, and nothing answers. */
  hang(): void;
  /** Connections break, and new ones are refused. */
  down(): Promise<void>;
  /** It answers again. */
  up(): Promise<void>;
  /** How many connections of applications the server has. */
  connections(): Promise<number>;
  /** Removes all that there is. */
  remove(): Promise<void>;
}

/** PostgreSQL, with what its superuser may do. */
export interface PostgresSubject extends Subject {
  asSuperuser(statement: string): Promise<unknown[]>;
}

/** Redis, with commands that go past the store. */
export interface RedisSubject extends Subject {
  send(command: string, ...args: string[]): Promise<unknown>;
}

/** A PostgreSQL of its own; the application's role is no superuser. */
export async function postgresSubject(program: string): Promise<PostgresSubject> {
  const server = await ownPostgres(program, 30);
  await server.up();
  const at = (user: string, database: string): string => {
    return `postgres://${user}@127.0.0.1:${String(server.port)}/${database}`;
  };
  async function asSuperuser(statement: string): Promise<unknown[]> {
    const client = new Client({ connectionString: at('postgres', 'postgres') });
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, unknown>>(statement);
      return rows;
    } finally {
      await client.end();
    }
  }
  await asSuperuser('create role app login');
  await asSuperuser('create database app owner app');
  return {
    pooled: true,
    settings: { kind: 'postgres', url: at('app', 'app'), options: { bus: true } },
    hang: () => server.stop(),
    down: () => server.kill(),
    up: () => server.up(),
    remove: () => server.remove(),
    asSuperuser,
    connections: async () =>
      (await asSuperuser(`select 1 from pg_stat_activity where usename = 'app'`)).length,
  };
}

/** A Redis of its own. */
export async function redisSubject(program: string): Promise<RedisSubject> {
  const server = await ownRedis(program);
  await server.up();
  async function send(command: string, ...args: string[]): Promise<unknown> {
    const client = new Redis({ port: server.port, host: '127.0.0.1', connectionName: 'admin' });
    try {
      return await client.call(command, ...args);
    } finally {
      client.disconnect();
    }
  }
  return {
    pooled: false,
    settings: { kind: 'redis', url: `redis://127.0.0.1:${String(server.port)}`, options: { bus: true } },
    hang: () => server.stop(),
    down: () => server.kill(),
    up: () => server.up(),
    remove: () => server.remove(),
    send,
    connections: async () => {
      const lines = String(await send('CLIENT', 'LIST'))
        .trim()
        .split('\n');
      return lines.filter((line) => !line.includes('name=admin')).length;
    },
  };
}

/** The MariaDB or MySQL at `url`, behind a proxy that fails in its place. */
export async function mysqlSubject(url: string): Promise<Subject> {
  const { hostname, port } = new URL(url);
  const proxy = new TcpProxy(hostname, Number(port === '' ? 3306 : port));
  await proxy.forward();
  const database = runName();
  const admin = await createConnection(withDatabase(url, ''));
  await admin.query(`create database ${database}`);
  return {
    pooled: true,
    settings: { kind: 'mysql', url: withDatabase(url, database), port: proxy.port },
    hang: () => proxy.hang(),
    down: () => proxy.refuse(),
    up: () => proxy.forward(),
    connections: async () => {
      const [rows] = await admin.query<RowDataPacket[]>(
        'select id from information_schema.processlist where db = ?',
        [database],
      );
      return rows.length;
    },
    remove: async () => {
      await proxy.refuse();
      await admin.query(`drop database ${database}`);
      await admin.end();
    },
  };
}
