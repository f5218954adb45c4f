/** A process that opens a SQL store of its own, and creates keys with a cap when it is told to. */
'use strict';

require('./ts-hook');

const { sqlStore } = require('../../lib/stores/sql');
const { recordFixture } = require('../../lib/stores/contract');

const OPEN = {
  sqlite: (target) => ({ sqlite: new (require('better-sqlite3'))(target) }),
  postgres: (target) => ({ postgres: new (require('pg').Pool)({ connectionString: target }) }),
  mysql: (target) => ({ mysql: require('mysql2').createPool(target) }),
};

const [, , kind, target, creations, limit] = process.argv;
const store = sqlStore({ ...OPEN[kind](target), ownsConnection: true });

process.once('message', async () => {
  const { applied } = await store.migrate();
  const outcomes = await Promise.all(
    Array.from({ length: Number(creations) }, () =>
      store.create(recordFixture(), { limit: Number(limit), now: 0 }),
    ),
  );
  await store.close();
  process.send({ applied, outcomes });
});
process.once('disconnect', () => process.exit());
process.send('ready');
