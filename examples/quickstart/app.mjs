/** The API: its routes, and what a key needs on each. */
import express from 'express';
import { apiKeyAuth, temporaryTokens } from 'latchkey';
import { keyRateLimit } from 'latchkey/limits';
import { managementRouter } from 'latchkey/management';

/** What a key may ask for, unless its `rate_limit` says otherwise: 1000 requests an hour. */
const RATE_LIMIT = { limit: 1000, windowSeconds: 3600 };

/** Makes the Express app. Floors and systems live in memory: they are not the point here. */
export function createApp(keys, usage) {
  const app = express();
  const floors = new Map();
  const systems = [{ id: 'sys-1', name: 'Boardroom' }];
  const floorOf = (id) => floors.get(id) ?? { id, name: `Floor ${id}` };

  // Whoever has a key is limited by it, whatever the route. A bad key is a 401.
  app.use(
    apiKeyAuth(keys, { required: false }),
    keyRateLimit(keys, { default: RATE_LIMIT, anonymous: null }),
  );

  // Needs no key: without one it is the anonymous caller's answer.
  app.get('/open', (req, res) => {
    res.json({ hello: req.apiKey ? req.apiKey.name : 'anonymous' });
  });

  // Trades a secret key for a temporary token.
  app.use('/v2/temporary-access-token/create', temporaryTokens(keys));

  // Creates, lists, rotates and revokes keys, for keys with the scopes of api_keys.
  app.use('/api/v1', managementRouter(keys, { usage }));

  // Everything below needs a key, and each route a scope. `id` lets in keys for one floor alone too.
  app.use(apiKeyAuth(keys));
  const floorId = { id: (req) => req.params.id };

  app.get('/v2/floor/:id', keys.requireScope('floor:readPublic', floorId), (req, res) => {
    res.json(floorOf(req.params.id));
  });
  app.patch('/v2/floor/:id', keys.requireScope('floor:update', floorId), express.json(), (req, res) => {
    const floor = { ...floorOf(req.params.id), ...nameIn(req.body) };
    floors.set(floor.id, floor);
    res.json(floor);
  });
  app.get('/systems', keys.requireScope('systems.read'), (_req, res) => {
    res.json({ systems });
  });
  app.post('/systems', keys.requireScope('systems.write'), express.json(), (req, res) => {
    const id = `sys-${systems.length + 1}`;
    const system = { id, name: id, ...nameIn(req.body) };
    systems.push(system);
    res.json(system);
  });

  app.get('/models', keys.requireScope('models:read'), (_req, res) => {
    res.json({ models: [] });
  });

  app.use((_req, res) => {
    answerError(res, 404, 'NOT_FOUND', 'No such route');
  });
  // Four parameters make it Express's error handler: a body that is not JSON, for one, ends here.
  app.use((error, _req, res, next) => {
    if (res.headersSent) return next(error);
    const status = error.status ?? 500;
    if (status >= 500) console.error(error);
    if (status < 500) answerError(res, status, 'INVALID_REQUEST', error.message);
    else answerError(res, status, 'INTERNAL', 'Something went wrong');
  });
  return app;
}

function nameIn(body) {
  return typeof body?.name === 'string' ? { name: body.name } : {};
}

/** The same envelope as latchkey's own errors. */
function answerError(res, status, code, message) {
  res.status(status).json({ error: { code, message, details: {} } });
}
