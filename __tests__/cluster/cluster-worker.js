/** A process of a cluster: verifies tokens with its own cache, and says when it sees a change. */
'use strict';

require('../support/ts-hook');

const { Pool } = require('pg');
const Ioredis = require('ioredis').default;
const { createApiKeys } = require('../../lib');
const { redisBus } = require('../../lib/stores/redis');
const { postgresBus, sqlStore } = require('../../lib/stores/sql');

const [, , settingsText] = process.argv;
const { postgresUrl, redisUrl, bus, channel, ttl, pepper } = JSON.parse(settingsText);

const pool = new Pool({ connectionString: postgresUrl, max: 6 });
pool.on('error', () => undefined);
const redis = bus === 'redis' ? new Ioredis(redisUrl) : null;
const BUSES = {
  redis: () => ({ bus: redisBus({ client: redis, channel }) }),
  postgres: () => ({ bus: postgresBus({ pool, channel }) }),
  none: () => ({}),
};
const keys = createApiKeys({
  store: sqlStore({ postgres: pool }),
  pepper,
  cache: { ttl },
  // What is measured is how soon a change is seen, not how busy the machine is.
  storeTimeout: 10,
  caps: { secret: Infinity, publishable: Infinity, scoped: Infinity },
  ...BUSES[bus](),
});

/** Whether a watched token may still do what it is watched for. */
async function admits({ token, scope, facts }) {
  const verdict = await keys.verify(token, facts);
  return verdict.granted && (scope === undefined || verdict.key.can(scope));
}

const watched = new Map();

async function poll() {
  for (const watch of watched.values()) {
    if (await admits(watch)) continue;
    watched.delete(watch.id);
    process.send({ type: 'refused', id: watch.id, at: Date.now() });
  }
  setTimeout(poll, 2);
}
void poll();

const HANDLERS = {
  async watch(watch) {
    const granted = await admits(watch);
    if (granted) watched.set(watch.id, watch);
    return { type: 'watching', id: watch.id, granted };
  },
  /** Tries each token again and again, and counts how often one is admitted. */
  async hammer({ id, watches, times }) {
    let admitted = 0;
    for (let i = 0; i < times; i += 1) {
      if (await admits(watches[i % watches.length])) admitted += 1;
    }
    return { type: 'hammered', id, admitted };
  },
  async close() {
    await keys.close();
    redis?.disconnect();
    await pool.end();
    setImmediate(() => process.exit());
    return { type: 'closed' };
  },
};

process.on('message', async (message) => {
  process.send(await HANDLERS[message.type](message));
});
process.once('disconnect', () => process.exit());
setTimeout(() => process.send({ type: 'ready' }), 300);
