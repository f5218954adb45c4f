/** The contestants: each is an Express 5 app with the same route, and only the middleware changes. */
import express from 'express';
import { Passport } from 'passport';
import { Strategy as BearerStrategy } from 'passport-http-bearer';
import { apiKeyAuth, createApiKeys, defineScopes, memoryStore } from 'latchkey';
import { checksum } from '../dist/keys/checksum.js';
import { cacheByHand, guardByHand, middlewareByHand, strategyByHand } from './by-hand.mjs';
import { bearer, requestText } from './requests.mjs';

/** What the route asks for. */
export const SCOPE = 'models:read';
/** Keys in use at the same time, so that no look-up is always of one key. */
const KEYS = 16;
/** More keys than the cache of the cold contestant holds: each is gone when its turn comes again. */
const COLD_KEYS = 500;
const COLD_CACHE = 100;
/** Characters of a token before its secret: prefix and id. */
const BEFORE_SECRET = 'sk_'.length + 16;

const scopes = defineScopes({
  resources: { models: { actions: ['read', 'write'], publishable: ['read'] }, jobs: ['read', 'run'] },
});

/** An app with the measured route behind middleware and guards. */
export function appWith(before, ...guards) {
  const app = express();
  for (const middleware of before) app.use(middleware);
  app.get('/v1/models/:id', ...guards, (req, res) => {
    res.json({ id: req.params.id, name: 'A model', owner: 'acme', size: 1024 });
  });
  return app;
}

/** An app that authenticates with one Passport strategy, run by its name. */
function passportApp(name, strategy, ...guards) {
  const passport = new Passport();
  passport.use(name, strategy);
  return appWith([passport.authenticate(name, { session: false })], ...guards);
}

/** The keys of an API, hashed with a pepper. */
export function apiKeys(store, cache = {}) {
  const pepper = 'a pepper for measuring, of no other use';
  return createApiKeys({ store, scopes, pepper, cache, caps: { secret: Infinity, scoped: Infinity } });
}

/** Secret keys with two scopes that expire tomorrow: `{ token, key }` each. */
export async function createMany(keys, count) {
  const created = [];
  for (let i = 0; i < count; i += 1) {
    const expiresAt = Date.now() + 86_400_000;
    const name = `key ${i}`;
    created.push(await keys.create({ kind: 'secret', name, scopes: [SCOPE, 'models:write'], expiresAt }));
  }
  return created;
}

/** The id of one key with the secret of another, and a checksum that is right. */
function wrongSecret(token, other) {
  const text = token.slice(0, BEFORE_SECRET) + other.slice(BEFORE_SECRET, -6);
  return text + checksum(text);
}

/** A key with a typing error, which its checksum shows. */
function mistyped(token) {
  return token.slice(0, -1) + (token.endsWith('x') ? 'y' : 'x');
}

const requestsOf = (tokens) => tokens.map((token) => requestText(bearer(token)));

/**
 * The contestants, `{ name, app, good, bad, sends, status }` each: texts of requests that must be answered 200
 * and 401, which of them the measured turns send, and their status. `close()` ends what they hold.
 */
export async function createContestants(sqlite) {
  const keys = apiKeys(memoryStore());
  const created = await createMany(keys, KEYS);
  const tokens = created.map(({ token }) => token);
  const cache = cacheByHand(
    created.map(({ token, key }) => ({ token, ...key, expiresAt: key.expiresAt ?? Infinity })),
  );
  const users = new Map(created.map(({ token, key }) => [token, { id: key.id, ownerId: key.ownerId }]));
  const [secretKey] = keys.strategies.filter(({ name }) => name === 'secret-key');

  const bare = () => appWith([]);
  const byHand = appWith([middlewareByHand(cache, SCOPE)]);
  const ours = appWith([apiKeyAuth(keys)], keys.requireScope(SCOPE));
  const strategyAlone = passportApp('by-hand', strategyByHand(cache), guardByHand(SCOPE));
  const ourStrategy = passportApp('secret-key', secretKey, keys.requireScope(SCOPE));
  const bearerStrategy = new BearerStrategy((token, done) => done(null, users.get(token) ?? false));

  const good = requestsOf(tokens);
  const bad = requestsOf(tokens.map(mistyped));
  const wrong = requestsOf(tokens.map((token, i) => wrongSecret(token, tokens[(i + 1) % KEYS])));
  const admitted = (name, app, label) => ({ name, label, app, good, bad, sends: good, status: 200 });
  const refused = (name, app, label, sends = bad) => ({
    name,
    label,
    app,
    good,
    bad: sends,
    sends,
    status: 401,
  });

  const contestants = [
    { ...admitted('bare', bare(), 'bare Express 5'), bad: null },
    { ...admitted('bareAgain', bare(), 'bare again (the noise)'), bad: null },
    admitted('byHand', byHand, 'by hand: SHA-256, LRU, expiry, scope (the limit)'),
    admitted('apiKeyAuth', ours, 'apiKeyAuth + requireScope'),
    admitted('strategyByHand', strategyAlone, 'Passport: the same by hand over passport-custom'),
    admitted('strategy', ourStrategy, 'Passport: secret-key strategy + requireScope'),
    admitted(
      'httpBearer',
      passportApp('bearer', bearerStrategy),
      'Passport: passport-http-bearer with a Map',
    ),
    refused('byHandRefuses', byHand, 'bad key, by hand'),
    refused('apiKeyAuthRefuses', ours, 'bad key, apiKeyAuth (mistyped)'),
    refused('wrongSecret', ours, 'bad key, apiKeyAuth (wrong secret of a cached key)', wrong),
    refused('strategyByHandRefuses', strategyAlone, 'bad key, Passport by hand'),
    refused('strategyRefuses', ourStrategy, 'bad key, Passport with secret-key'),
  ];

  const closing = [keys];
  if (sqlite !== null) {
    const cold = apiKeys(sqlite.store, { maxKeys: COLD_CACHE });
    const coldTokens = (await createMany(cold, COLD_KEYS)).map(({ token }) => token);
    const app = appWith([apiKeyAuth(cold)], cold.requireScope(SCOPE));
    const requests = requestsOf(coldTokens);
    const label = 'cold key: pepper, SQLite';
    contestants.push({ ...admitted('cold', app, label), good: requests, sends: requests });
    closing.push(cold);
  }
  return { contestants, close: () => Promise.all(closing.map((each) => each.close())) };
}
