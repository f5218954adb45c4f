/**
 * A process that creates, rotates and revokes keys until it is killed. It says on its output what it begins and
 * what was acknowledged, each line written out before the next step.
 */
'use strict';

require('../support/ts-hook');

const { writeSync } = require('node:fs');
const { createApiKeys } = require('../../lib');
const { sqlStore } = require('../../lib/stores/sql');

const { kind, url, run, pepper } = JSON.parse(process.argv[2]);

const OPEN = {
  sqlite: () => ({ sqlite: new (require('better-sqlite3'))(url) }),
  postgres: () => ({ postgres: new (require('pg').Pool)({ connectionString: url, max: 2 }) }),
};
const keys = createApiKeys({ store: sqlStore(OPEN[kind]()), pepper, caps: { secret: Infinity } });

function say(line) {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

async function work() {
  const live = [];
  for (let i = 0; ; i += 1) {
    const name = `${run}-${i}`;
    say({ begins: 'create', name });
    const created = await keys.create({
      kind: 'secret',
      name,
      scopes: ['models:read'],
      metadata: { checked: name },
    });
    say({ done: 'create', id: created.key.id, token: created.token });
    live.push(created.key.id);
    if (i % 2 === 1) {
      const id = live.shift();
      say({ begins: 'rotate', id });
      const rotated = await keys.rotate(id);
      say({ done: 'rotate', id, successor: rotated.key.id, token: rotated.token });
      live.push(rotated.key.id);
    }
    if (i % 3 === 2) {
      const id = live.shift();
      say({ begins: 'revoke', id });
      await keys.revoke(id);
      say({ done: 'revoke', id });
    }
  }
}

void work();
