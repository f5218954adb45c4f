/** One process of the cluster: an app with keys on PostgreSQL, the change bus, and limits counted in Redis. */
import express from 'express';
import Ioredis from 'ioredis';
import { apiKeyAuth, createApiKeys, defineScopes } from 'latchkey';
import { keyRateLimit, redisLimitStore } from 'latchkey/limits';
import { redisBus } from 'latchkey/redis';
import { sqlStore } from 'latchkey/sql';
import pg from 'pg';

const { DATABASE_URL, REDIS_URL, PORT, LATCHKEY_PEPPER } = process.env;

const pool = new pg.Pool({ connectionString: DATABASE_URL, connectionTimeoutMillis: 1_000 });
// A connection that breaks while nobody uses it is replaced by itself.
pool.on('error', () => undefined);
// Commands must fail while Redis is away, not wait for it: an answer is due within a second.
const redis = new Ioredis(REDIS_URL, { enableOfflineQueue: false, maxRetriesPerRequest: 0 });
redis.on('error', () => undefined);

const scopes = defineScopes({ resources: { things: ['read', 'write'] } });
export const keys = createApiKeys({
  store: sqlStore({ postgres: pool }),
  scopes,
  bus: redisBus({ client: redis }),
  ...(LATCHKEY_PEPPER ? { pepper: LATCHKEY_PEPPER } : {}),
});
keys.on('bus_down', () => console.error(`${process.pid}: the change bus is lost`));
keys.on('bus_up', () => console.error(`${process.pid}: the change bus is back`));

const app = express();
app.use(apiKeyAuth(keys));
app.use(
  keyRateLimit(keys, {
    default: { limit: 100, windowSeconds: 60 },
    store: redisLimitStore(redis),
    onStoreError: 'refuse',
  }),
);
app.get('/things', keys.requireScope('things:read'), (req, res) => {
  res.json({ things: [], process: process.pid, key: req.apiKey.id });
});
app.delete('/my-key', (req, res, next) => {
  keys.revoke(req.apiKey.id).then(() => res.json({ revoked: req.apiKey.id }), next);
});

const server = app.listen(Number(PORT), '127.0.0.1', () => process.send?.('ready'));

process.on('SIGTERM', () => {
  server.close(async () => {
    await keys.close();
    redis.disconnect();
    await pool.end();
    process.exit();
  });
  server.closeIdleConnections();
});
