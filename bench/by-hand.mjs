/** What a good engineer would write by hand for one kind of key: the limit, as middleware and for Passport. */
import CustomStrategy from 'passport-custom';
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

const MISSING = body(401, 'UNAUTHORIZED', 'API key is missing', { reason: 'key_missing' }, 'Bearer');
const INVALID = body(
  401,
  'UNAUTHORIZED',
  'Invalid API key',
  { reason: 'key_not_found' },
  'Bearer error="invalid_token"',
);

function body(status, code, message, details, challenge) {
  const text = JSON.stringify({ error: { code, message, details } });
  return { status, text, length: Buffer.byteLength(text), challenge };
}

function refuse(res, { status, text, length, challenge }) {
  res.statusCode = status;
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('WWW-Authenticate', challenge);
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Content-Length', length);
  res.end(text);
}

function forbid(res, required, provided) {
  const challenge = `Bearer error="insufficient_scope", scope="${required}"`;
  refuse(res, body(403, 'FORBIDDEN', 'Insufficient permissions', { required, provided }, challenge));
}

/** Keys by the SHA-256 of their token: `{ token, id, ownerId, scopes, expiresAt }` each. */
export function cacheByHand(keys) {
  const cache = new LRUCache({ max: 20_000 });
  for (const { token, id, ownerId, scopes, expiresAt } of keys) {
    cache.set(hash('sha256', token, 'hex'), { id, ownerId, scopes: new Set(scopes), expiresAt });
  }
  return cache;
}

function findKey(cache, authorization) {
  const key = cache.get(hash('sha256', authorization.slice(7), 'hex'));
  return key === undefined || key.expiresAt <= Date.now() ? undefined : key;
}

/** The limit: one middleware that hashes, looks up, checks expiry and scope. */
export function middlewareByHand(cache, scope) {
  return (req, res, next) => {
    const { authorization } = req.headers;
    if (authorization === undefined || !authorization.startsWith('Bearer ')) {
      refuse(res, MISSING);
      return;
    }
    const key = findKey(cache, authorization);
    if (key === undefined) {
      refuse(res, INVALID);
      return;
    }
    if (!key.scopes.has(scope)) {
      forbid(res, scope, [...key.scopes].join(' '));
      return;
    }
    req.apiKey = key;
    next();
  };
}

/** The same work as a Passport strategy. */
export function strategyByHand(cache) {
  return new CustomStrategy((req, done) => {
    const { authorization } = req.headers;
    if (authorization === undefined || !authorization.startsWith('Bearer ')) {
      done(null, false);
      return;
    }
    const key = findKey(cache, authorization);
    if (key === undefined) done(null, false);
    else done(null, key, { scopes: key.scopes });
  });
}

/** The guard that goes with {@link strategyByHand}. */
export function guardByHand(scope) {
  return (req, res, next) => {
    const { scopes } = req.authInfo;
    if (scopes.has(scope)) next();
    else forbid(res, scope, [...scopes].join(' '));
  };
}
