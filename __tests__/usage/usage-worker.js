/** A server that counts usage in PostgreSQL, until it is told to end or is killed. */
'use strict';

require('../support/ts-hook');

const http = require('node:http');
const { Pool } = require('pg');
const { apiKeyAuth, createApiKeys } = require('../../lib');
const { sqlStore } = require('../../lib/stores/sql');
const { trackUsage } = require('../../lib/usage');

const [, , url, pepper, flushInterval] = process.argv;
const pool = new Pool({ connectionString: url, max: 4 });
const store = sqlStore({ postgres: pool });
const keys = createApiKeys({ store, pepper, storeTimeout: 10 });
trackUsage(keys, { store: store.usage(), flushInterval: Number(flushInterval) });
const authenticate = apiKeyAuth(keys);

const server = http.createServer((req, res) => {
  authenticate(req, res, () => res.end('{}'));
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));

process.on('message', () => {
  server.close(async () => {
    await keys.close();
    await pool.end();
    process.exit();
  });
  server.closeIdleConnections();
});
process.once('disconnect', () => process.exit());
