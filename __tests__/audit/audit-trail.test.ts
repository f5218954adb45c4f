import { PassThrough } from 'node:stream';
import express from 'express';
import fc from 'fast-check';
import pino from 'pino';
import request from 'supertest';
import { apiKeyAuth, createApiKeys, memoryStore } from '../../lib';
import { keyRateLimit } from '../../lib/limits';
import {
  auditLine,
  auditTrail,
  jsonLinesSink,
  memoryAuditStore,
  pinoSink,
  storeSink,
  type AuditEntry,
  type AuditSink,
  type AuditTrailOptions,
} from '../../lib/audit';

const NOW = Date.UTC(2026, 0, 15, 12);
const PEPPER = 'a pepper of more than thirty-two characters';

function setUp(options: Partial<AuditTrailOptions> = {}) {
  const store = memoryAuditStore();
  const keys = createApiKeys({ store: memoryStore(), pepper: PEPPER, clock: () => NOW });
  const trail = auditTrail(keys, { sinks: [storeSink(store)], flushInterval: 60, ...options });
  const app = express();
  app.use(apiKeyAuth(keys));
  app.get('/things', keys.requireScope('things:read'), (_req, res) => {
    res.json({});
  });
  return { keys, trail, store, app };
}

const SINK: AuditSink = () => undefined;
const ENTRY: AuditEntry = {
  id: '1',
  at: NOW,
  action: 'denied',
  keyId: null,
  ownerId: null,
  actorType: null,
  actorId: null,
  address: null,
  reason: null,
  details: {},
};

describe('auditTrail', () => {
  it('writes down who did what to which key, from where', async () => {
    const { keys, trail, store } = setUp();
    const by = { type: 'user', id: 'ada', address: '192.0.2.1' } as const;
    const { key, token } = await keys.create(
      { kind: 'secret', name: 'server', ownerId: 'acme', scopes: ['a:b'] },
      by,
    );
    await keys.update(key.id, { name: 'server 2', scopes: ['a:c'] }, { by });
    const rotated = await keys.rotate(key.id, { overlapSeconds: 60, by });
    await keys.revoke(key.id, { by });
    await trail.flush();
    const entries = (await store.read({ limit: 10 })).reverse();
    const actor = { actorType: 'user', actorId: 'ada', address: '192.0.2.1', ownerId: 'acme', keyId: key.id };
    expect(entries.filter(({ keyId }) => keyId === key.id).sort(byAction)).toMatchObject([
      { ...actor, action: 'created', details: { scopes: ['a:b'], kind: 'secret', name: 'server' } },
      { ...actor, action: 'revoked' },
      { ...actor, action: 'rotated', details: { successor: rotated.key.id } },
      { ...actor, action: 'updated', details: { fields: ['name', 'scopes'], scopes: ['a:c'] } },
    ]);
    const text = JSON.stringify(entries);
    for (const secret of [token, rotated.token, token.slice(19, 51), 'hmac-sha256:']) {
      expect(text).not.toContain(secret);
    }
  });

  it.each([
    ['no key', {}, '/things', { reason: 'key_missing', keyId: null }],
    ['a malformed key', { 'x-api-key': 'sk_nonsense' }, '/things', { reason: 'key_malformed' }],
  ])('writes down the true reason of a refusal: %s', async (_name, headers, path, expected) => {
    const { app, trail, store } = setUp();
    await request(app).get(path).set(headers).expect(401);
    await trail.flush();
    expect(await store.read({ limit: 10 })).toMatchObject([
      { action: 'denied', details: { method: 'GET', path: '/things', status: 401 }, ...expected },
    ]);
  });

  it('names the key and its principal when a guard refused', async () => {
    const { app, keys, trail, store } = setUp();
    const { token, key } = await keys.create({ kind: 'scoped', name: 'k', userId: 'ada', scopes: ['a:b'] });
    await request(app).get('/things?secret=x').set('x-api-key', token).expect(403);
    await trail.flush();
    expect(await store.read({ limit: 10, action: 'denied' })).toMatchObject([
      {
        reason: 'scope_missing',
        keyId: key.id,
        actorType: 'user',
        actorId: 'ada',
        details: { path: '/things' },
      },
    ]);
  });

  it('writes down what a limit refused', async () => {
    const { keys, trail, store } = setUp();
    const { token, key } = await keys.create({ kind: 'scoped', name: 'k', userId: 'ada', scopes: ['a:b'] });
    const app = express();
    app.use(apiKeyAuth(keys));
    app.use(keyRateLimit(keys, { default: { limit: 1, windowSeconds: 60 } }));
    app.get('/', (_req, res) => {
      res.json({});
    });
    await request(app).get('/').set('x-api-key', token).expect(200);
    await request(app).get('/').set('x-api-key', token).expect(429);
    await trail.flush();
    expect(await store.read({ limit: 10, action: 'limited' })).toMatchObject([
      { keyId: key.id, actorId: 'ada', reason: 'rate_limited', details: { limit: 1 } },
    ]);
  });

  it('leaves refusals out when told to', async () => {
    const { app, trail, store } = setUp({ denied: false });
    await request(app).get('/things').expect(401);
    await trail.flush();
    expect(await store.read({ limit: 10 })).toEqual([]);
  });

  it('keeps entries in order while a sink fails, gives them again, and writes the rest at close()', async () => {
    const taken: string[] = [];
    let failing = true;
    const sink: AuditSink = (entries) => {
      if (failing) throw new Error('the disk is full');
      taken.push(...entries.map(({ action }) => action));
    };
    const { keys, trail } = setUp({ sinks: [sink] });
    const failures: string[] = [];
    keys.on('failure', ({ task }) => failures.push(task));
    const { key } = await keys.create({ kind: 'secret', name: 'k' });
    expect(await trail.flush()).toBe(false);
    await keys.revoke(key.id);
    failing = false;
    await keys.close();
    expect(taken).toEqual(['created', 'revoked']);
    expect(failures).toEqual(['audit']);
  });

  it('drops and counts refusals beyond 10,000, and never a change of a key', async () => {
    const actions: AuditEntry[] = [];
    const { keys, trail } = setUp({ sinks: [(entries) => void actions.push(...entries)] });
    const handler = apiKeyAuth(keys);
    const res = { setHeader: () => undefined, end: () => undefined, headersSent: false };
    for (let i = 0; i < 10_005; i += 1) {
      const req = { headers: {}, rawHeaders: [], method: 'GET', url: '/', socket: {} };
      handler(req as never, res as never, () => undefined);
    }
    await keys.create({ kind: 'secret', name: 'k' });
    await trail.flush();
    const count = (action: string) => actions.filter((entry) => entry.action === action).length;
    expect([count('denied'), count('created'), count('dropped')]).toEqual([10_000, 1, 1]);
    expect(actions.at(-1)).toMatchObject({ action: 'dropped', details: { count: 5 } });
  });

  it.each([
    [{ sinks: [] }, /sinks: must be an array of sinks/],
    [{ sinks: [1] }, /sinks: must be an array of sinks/],
    [{ sinks: [SINK], flushInterval: 0 }, /flushInterval: must be a number from 0.05 to 60/],
    [{ sinks: [SINK], denid: true }, /denid: is not an option/],
  ])('refuses the options %j', (options, message) => {
    const keys = createApiKeys({ store: memoryStore() });
    expect(() => auditTrail(keys, options as unknown as AuditTrailOptions)).toThrow(message);
  });
});

describe('JSON lines', () => {
  it('is one line of plain JSON whatever a client sends', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (address, path) => {
        const line = auditLine({ ...ENTRY, address, details: { path } });
        expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
        expect(JSON.parse(line)).toMatchObject({ address, details: { path } });
      }),
    );
  });

  it('waits for a stream that is full, and goes on when it is closed', async () => {
    const stream = new PassThrough({ highWaterMark: 1 });
    const done = Promise.resolve(jsonLinesSink(stream)([ENTRY, { ...ENTRY, id: '2' }])).then(() => 'done');
    expect(await Promise.race([done, new Promise((resolve) => setImmediate(resolve, 'waits'))])).toBe(
      'waits',
    );
    stream.resume();
    expect(await done).toBe('done');
    const closed = new PassThrough({ highWaterMark: 1 });
    const ended = jsonLinesSink(closed)([ENTRY]);
    closed.destroy();
    await ended;
  });

  it('goes to a stream and to pino, which cannot be made to write another entry', async () => {
    const forged = 'x"}\n{"action":"created","key_id":"evil"}\u2028\u001b[2J';
    const written: string[] = [];
    const stream = { write: (text: string) => void written.push(text) };
    await jsonLinesSink(stream)([{ ...ENTRY, address: forged }]);
    await pinoSink(pino({ base: null, timestamp: false }, stream as never))([{ ...ENTRY, address: forged }]);
    expect(written).toHaveLength(2);
    for (const text of written) {
      expect(text.trimEnd()).not.toMatch(/\p{Cc}/u);
      expect(JSON.parse(text)).toMatchObject({ action: 'denied', key_id: null });
    }
  });
});

function byAction(a: AuditEntry, b: AuditEntry): number {
  return a.action < b.action ? -1 : 1;
}
