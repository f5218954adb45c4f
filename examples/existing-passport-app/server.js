'use strict';

/** Starts the example: `node examples/existing-passport-app/server.js`, after `npm run build`. */
const { createApiKeys, memoryStore } = require('latchkey');
const { createApp } = require('./app.js');

async function start() {
  const keys = createApiKeys({ store: memoryStore() });
  const staff = new Map([['staff-token-of-robin', { name: 'Robin', role: 'staff' }]]);
  const { token } = await keys.create({ kind: 'scoped', name: 'Reporting', scopes: ['reports:read'] });
  console.log(`API_KEY=${token}`);

  const server = createApp({ keys, staff }).listen(Number(process.env.PORT || 3000), () => {
    console.log(`Listening on http://localhost:${server.address().port}.`);
  });
  async function stop() {
    server.close();
    await keys.close();
  }
  process.once('SIGTERM', stop).once('SIGINT', stop);
}

start();
