/**
 * A process that verifies keys while its store fails. It knows of no fault: an unhandled rejection ends it, and
 * after `close` it must end by itself.
 */
'use strict';

require('../support/ts-hook');

const { performance } = require('node:perf_hooks');
const express = require('express');
const { apiKeyAuth, createApiKeys } = require('../../lib');
const { redisBus, redisStore } = require('../../lib/stores/redis');
const { postgresBus, sqlStore } = require('../../lib/stores/sql');

const { kind, url, port, options } = JSON.parse(process.argv[2]);

/** Sockets of the driver: while a server hangs, drivers wait for its farewell, and the process with them. */
const sockets = [];

/** Each driver with the settings that docs/stores.md names for faults. */
const OPEN = {
  postgres() {
    const { Pool } = require('pg');
    const pool = new Pool({
      connectionString: url,
      max: 5,
      connectionTimeoutMillis: 2_000,
      query_timeout: 2_000,
    });
    pool.on('error', () => undefined);
    pool.on('connect', ({ connection }) => sockets.push(connection.stream));
    const store = sqlStore({ postgres: pool });
    return { store, bus: postgresBus({ pool }), migrate: () => store.migrate(), end: () => pool.end() };
  },
  mysql() {
    const { createPool } = require('mysql2');
    const { hostname, username, pathname } = new URL(url);
    const pool = createPool({
      host: hostname,
      port,
      user: username,
      database: pathname.slice(1),
      connectionLimit: 5,
      connectTimeout: 2_000,
    });
    pool.on('connection', ({ stream }) => sockets.push(stream));
    const store = sqlStore({ mysql: pool });
    return { store, migrate: () => store.migrate(), end: () => pool.promise().end() };
  },
  redis() {
    const { Redis } = require('ioredis');
    const client = new Redis(url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: 2_000,
      connectTimeout: 2_000,
      retryStrategy: (times) => Math.min(times * 50, 500),
    });
    client.on('error', () => undefined);
    const ready = new Promise((resolve) => client.once('ready', resolve));
    return {
      store: redisStore({ client }),
      bus: redisBus({ client }),
      migrate: () => ready,
      end: async () => client.disconnect(),
    };
  },
};

const { store, bus, migrate, end } = OPEN[kind]();
let keys;
let server;
const events = [];

function start() {
  keys = createApiKeys({
    store,
    pepper: 'a pepper of more than thirty-two characters',
    ...(bus && options.bus ? { bus } : {}),
    caps: { secret: Infinity },
    ...options.keys,
  });
  for (const name of ['store_down', 'store_up', 'bus_down', 'bus_up']) {
    keys.on(name, () => events.push(name));
  }
  const app = express();
  app.use(apiKeyAuth(keys));
  app.get('/', (req, res) => res.json({ id: req.apiKey.id }));
  server = app.listen(0, '127.0.0.1');
}

async function get(token) {
  const began = performance.now();
  const response = await fetch(`http://127.0.0.1:${server.address().port}/`, {
    headers: { Authorization: `Bearer ${token}`, Connection: 'close' },
  });
  await response.arrayBuffer();
  const retryAfter = response.headers.get('retry-after');
  return { status: response.status, retryAfter, ms: performance.now() - began };
}

/** The verdict in the process itself, without HTTP. */
async function verify(token) {
  const began = performance.now();
  const verdict = await keys.verify(token);
  return { status: verdict.granted ? 200 : verdict.denial.status, ms: performance.now() - began };
}

const COMMANDS = {
  async start() {
    await migrate();
    start();
  },
  async create({ count, ...input }) {
    const created = [];
    for (let i = 0; i < count; i += 1) {
      const { token, key } = await keys.create({ kind: 'secret', name: `key ${i}`, ...input });
      created.push({ token, id: key.id });
    }
    return created;
  },
  get: (tokens) => Promise.all(tokens.map(get)),
  verify: (tokens) => Promise.all(tokens.map(verify)),
  async verifyEach(tokens) {
    const answers = [];
    for (const token of tokens) answers.push(await verify(token));
    return answers;
  },
  /** What a change ends in: `done`, or the code of its error. */
  async change({ method, of }) {
    const began = performance.now();
    const outcome = await keys[method](of).then(
      () => 'done',
      (error) => error.code ?? String(error),
    );
    return { outcome, ms: performance.now() - began };
  },
  async timer(ms) {
    const began = performance.now();
    await new Promise((resolve) => setTimeout(resolve, ms));
    return performance.now() - began;
  },
  status: async () => ({ store: keys.status().store, events }),
  async close() {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    const began = performance.now();
    await keys.close();
    const ms = performance.now() - began;
    void Promise.resolve(end()).catch(() => undefined);
    for (const socket of sockets) socket.destroy();
    setImmediate(() => process.disconnect());
    return { ms };
  },
};

process.on('message', async ({ id, command, input }) => {
  try {
    process.send({ id, result: await COMMANDS[command](input) });
  } catch (error) {
    process.send({ id, error: error.stack });
  }
});
