/** A process that serves an app with limits in a shared store: `node limit-worker.js <kind> <url> <name>`. */
'use strict';

require('../support/ts-hook');

const express = require('express');
const { apiKeyAuth, createApiKeys, memoryStore } = require('../../lib');
const { keyRateLimit, postgresLimitStore, redisLimitStore } = require('../../lib/limits');

const [, , kind, url, name] = process.argv;

const STORES = {
  async ioredis() {
    const Redis = require('ioredis');
    return redisLimitStore(new Redis(url), { prefix: name });
  },
  async redis() {
    const client = require('redis').createClient({ url });
    await client.connect();
    return redisLimitStore(client, { prefix: name });
  },
  async pg() {
    const { Pool } = require('pg');
    return postgresLimitStore(new Pool({ connectionString: url }), { table: name });
  },
};

process.once('message', async ({ record, pepper }) => {
  const store = memoryStore();
  await store.create(record);
  const keys = createApiKeys({ store, pepper });
  const app = express();
  const limit = { limit: 10, windowSeconds: 600 };
  const limits = { store: await STORES[kind](), onStoreError: 'refuse', storeTimeout: 20 };
  app.use(apiKeyAuth(keys), keyRateLimit(keys, { default: limit, ...limits }));
  app.use((_req, res) => res.json({ pid: process.pid }));
  const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
});
process.once('disconnect', () => process.exit());
process.send('ready');
