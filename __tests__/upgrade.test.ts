import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import {
  authenticateUpgrade,
  type AuthenticateUpgrade,
  type AuthenticateUpgradeOptions,
  type VerifiedKey,
} from '../lib';
import { APP, createTestKeys, type TestKeys } from './http/test-keys';
import { readRaw } from './http/wire';

const CARRIERS = {
  temporary: { upgradeQuery: ['token'] },
  scoped: { query: ['api-key'], cookies: ['api-key'] },
} as const;

let test: TestKeys;
beforeAll(async () => {
  test = await createTestKeys({ carriers: CARRIERS });
});

/** A server whose upgrades are authenticated; behind them it answers 101 and closes. */
async function withUpgrades<T>(
  authenticate: AuthenticateUpgrade,
  use: (port: number, seen: (VerifiedKey | null)[]) => Promise<T>,
): Promise<T> {
  const seen: (VerifiedKey | null)[] = [];
  const server: Server = createServer();
  server.on('upgrade', (req: IncomingMessage, socket: Duplex) => {
    void authenticate(req, socket).then((key) => {
      seen.push(key);
      if (key !== null) socket.end(`HTTP/1.1 101 Switching Protocols\r\nX-Url: ${req.url ?? ''}\r\n\r\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use((server.address() as AddressInfo).port, seen);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function handshake(port: number, path: string, lines: readonly string[] = []): Promise<string> {
  const head = [
    `GET ${path} HTTP/1.1`,
    'Host: api.example.com',
    'Connection: Upgrade',
    'Upgrade: websocket',
    ...lines,
    '',
    '',
  ];
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(head.join('\r\n')));
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', reject);
    socket.on('end', () => {
      resolve(text);
      socket.destroy();
    });
  });
}

const ask = async (path: string, lines: readonly string[] = [], options: AuthenticateUpgradeOptions = {}) =>
  withUpgrades(authenticateUpgrade(test.keys, options), async (port, seen) => {
    const answer = readRaw(await handshake(port, path, lines));
    return { ...answer, key: seen[0] };
  });

const FORBIDDEN_SITE =
  '{"error":{"code":"FORBIDDEN","message":"Cross-site request not allowed","details":{"reason":"cross_site"}}}';

describe('an upgrade is let in', () => {
  it.each<[string, keyof TestKeys['ids'], () => [string, string[]]]>([
    ['a secret key', 'secret', () => ['/', [`Authorization: Bearer ${test.tokens.secret}`]]],
    ['a temporary token in the query', 'temporary', () => [`/?token=${test.tokens.temporary}`, []]],
    [
      'a publishable key with its origin',
      'publishable',
      () => [`/?pubtoken=${test.tokens.publishable}`, [`Origin: ${APP}`]],
    ],
    ['a scoped key in the query', 'scoped', () => [`/?a=1&api-key=${test.tokens.scoped}`, []]],
    [
      'a scoped key in a cookie of the same site',
      'scoped',
      () => ['/', [`Cookie: api-key=${test.tokens.scoped}`, 'Origin: https://api.example.com']],
    ],
    [
      'a scoped key in a cookie, without a browser',
      'scoped',
      () => ['/', [`Cookie: api-key=${test.tokens.scoped}`]],
    ],
  ])('with %s', async (_name, kind, request) => {
    const { status, key, head } = await ask(...request());
    expect(status).toBe(101);
    expect(key?.id).toBe(test.ids[kind]);
    expect(head).not.toContain(test.tokens.temporary);
    expect(head).not.toContain(test.tokens.scoped);
  });

  it('with the scopes and kinds that it asks for', async () => {
    const line = [`X-API-Key: ${test.tokens.scoped}`];
    expect((await ask('/', line, { scopes: ['models:read'], kinds: ['scoped'] })).status).toBe(101);
  });
});

describe('an upgrade is refused on its socket, byte for byte', () => {
  const head = (status: string, length: number, more: string[] = []): string =>
    [
      `HTTP/1.1 ${status}`,
      'Cache-Control: no-store',
      ...more,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${String(length)}`,
      'Connection: close',
    ].join('\r\n');

  it.each<[string, () => [string, string[]], AuthenticateUpgradeOptions, string, string, string[]]>([
    [
      'no key',
      () => ['/', []],
      {},
      '401 Unauthorized',
      '{"error":{"code":"UNAUTHORIZED","message":"API key is missing","details":{"reason":"key_missing"}}}',
      ['WWW-Authenticate: Bearer'],
    ],
    [
      'a bad key',
      () => ['/?token=x', []],
      {},
      '401 Unauthorized',
      '{"error":{"code":"UNAUTHORIZED","message":"Invalid API key","details":{"reason":"key_not_found"}}}',
      ['WWW-Authenticate: Bearer error="invalid_token"'],
    ],
    [
      'another kind',
      () => ['/', [`X-API-Key: ${test.tokens.scoped}`]],
      { kinds: ['secret'] },
      '401 Unauthorized',
      '{"error":{"code":"UNAUTHORIZED","message":"Invalid API key","details":{"reason":"key_not_found"}}}',
      ['WWW-Authenticate: Bearer error="invalid_token"'],
    ],
    [
      'two keys',
      () => ['/?token=x&api-key=y', []],
      {},
      '400 Bad Request',
      '{"error":{"code":"INVALID_REQUEST","message":"Send exactly one API key, in one place","details":{"reason":"multiple_credentials"}}}',
      ['WWW-Authenticate: Bearer error="invalid_request"'],
    ],
    [
      'a scope',
      () => ['/', [`X-API-Key: ${test.tokens.scoped}`]],
      { scopes: ['models:read', 'floor:update'] },
      '403 Forbidden',
      '{"error":{"code":"FORBIDDEN","message":"Insufficient permissions","details":{"required":"models:read floor:update","provided":"models:read"}}}',
      ['WWW-Authenticate: Bearer error="insufficient_scope", scope="models:read floor:update"'],
    ],
    [
      'a cookie from another site, by Origin',
      () => ['/', [`Cookie: api-key=${test.tokens.scoped}`, 'Origin: https://evil.example']],
      {},
      '403 Forbidden',
      FORBIDDEN_SITE,
      [],
    ],
    [
      'a cookie from another site, by Sec-Fetch-Site',
      () => ['/', [`Cookie: api-key=${test.tokens.scoped}`, 'Sec-Fetch-Site: cross-site']],
      {},
      '403 Forbidden',
      FORBIDDEN_SITE,
      [],
    ],
    [
      'an origin',
      () => [`/?pubtoken=${test.tokens.publishable}`, ['Origin: https://evil.example']],
      {},
      '403 Forbidden',
      '{"error":{"code":"FORBIDDEN","message":"Origin not allowed","details":{"reason":"origin_not_allowed"}}}',
      [],
    ],
  ])('for %s', async (_name, request, options, status, body, more) => {
    const answer = await ask(...request(), options);
    expect(answer.body).toBe(body);
    expect(answer.head).toBe(head(status, body.length, more));
    expect(answer.key).toBeNull();
  });

  it('where the store cannot be asked: 503', async () => {
    const own = await createTestKeys();
    own.store.mode = 'down';
    const answer = await withUpgrades(authenticateUpgrade(own.keys), (port) =>
      handshake(port, '/', [`X-API-Key: ${own.tokens.uncached}`]),
    );
    expect(readRaw(answer)).toMatchObject({ status: 503 });
    expect(answer).toContain('Retry-After: 1\r\n');
  });

  it('and says why to the events', async () => {
    const denied: unknown[] = [];
    const listener = (event: unknown) => denied.push(event);
    test.keys.on('denied', listener);
    await ask('/a?token=x');
    await ask('/', [`X-API-Key: ${test.tokens.scoped}`], { scopes: ['models:write'] });
    test.keys.off('denied', listener);
    expect(denied).toMatchObject([
      { reason: 'key_malformed', path: '/a', key: null },
      { reason: 'scope_missing', key: { id: test.ids.scoped } },
    ]);
  });
});

it('tells the events of a key that was let in', async () => {
  const verified: unknown[] = [];
  const listener = (event: { key: VerifiedKey }) => verified.push(event.key.id);
  test.keys.on('verified', listener);
  await ask('/', [`X-API-Key: ${test.tokens.scoped}`]);
  test.keys.off('verified', listener);
  expect(verified).toEqual([test.ids.scoped]);
});

it('a client that goes while its key is verified ends nothing but its socket', async () => {
  const own = await createTestKeys({ cache: { ttl: 0 } });
  own.store.mode = 'slow';
  for (const token of [own.tokens.secret, own.tokens.revoked]) {
    const result = await withUpgrades(
      async (req, socket) => {
        const verdict = authenticateUpgrade(own.keys)(req, socket);
        expect(socket.listenerCount('error')).toBeGreaterThan(0);
        socket.destroy(new Error('read ECONNRESET'));
        return verdict;
      },
      (port, seen) =>
        handshake(port, '/', [`X-API-Key: ${token}`]).then(
          () => new Promise((resolve) => setTimeout(() => resolve(seen.length), 20)),
          () => seen.length,
        ),
    );
    expect(result).toBe(1);
  }
});

it('a refused client that never closes its own side does not hold the socket', async () => {
  let closed: Promise<unknown> | undefined;
  const authenticate = authenticateUpgrade(test.keys);
  await withUpgrades(
    (req, socket) => {
      closed = new Promise((resolve) => socket.on('close', resolve));
      return authenticate(req, socket);
    },
    async (port) => {
      const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      await new Promise((resolve) => client.resume().on('end', resolve));
      await closed;
      client.destroy();
    },
  );
  expect(closed).toBeDefined();
});

it('leaves no listener on the socket of a key that was let in', async () => {
  const counts: number[] = [];
  const authenticate = authenticateUpgrade(test.keys);
  await withUpgrades(
    async (req, socket) => {
      const before = socket.listenerCount('error');
      const key = await authenticate(req, socket);
      counts.push(socket.listenerCount('error') - before);
      return key;
    },
    (port) => handshake(port, '/', [`X-API-Key: ${test.tokens.scoped}`]),
  );
  expect(counts).toEqual([0]);
});

it('works with ws', async () => {
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  const authenticate = authenticateUpgrade(test.keys, { scopes: ['models:read'] });
  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    void authenticate(req, socket).then((key) => {
      if (key !== null) sockets.handleUpgrade(req, socket, head, (ws) => ws.send(key.id));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const good = new WebSocket(`${url}/?token=${test.tokens.temporary}`);
  const id = await new Promise((resolve, reject) => {
    good.on('message', (data: Buffer) => resolve(data.toString()));
    good.on('error', reject);
  });
  expect(id).toBe(test.ids.temporary);
  good.terminate();
  const refused = await new Promise<Error>((resolve) => new WebSocket(url).on('error', resolve));
  expect(refused.message).toBe('Unexpected server response: 401');
  server.closeAllConnections();
  server.close();
});

describe('behind a proxy', () => {
  it('the host says where the client and the request come from', async () => {
    const { token } = await test.keys.create({
      kind: 'scoped',
      name: 'bound',
      scopes: ['models:read'],
      addresses: ['203.0.113.0/24'],
      hosts: ['public.example.com'],
    });
    const lines = [`X-API-Key: ${token}`, 'X-Forwarded-For: 203.0.113.9'];
    const forwarded = (req: IncomingMessage) => String(req.headers['x-forwarded-for']);
    expect((await ask('/', lines)).status).toBe(401);
    const host = () => 'public.example.com';
    expect((await ask('/', lines, { host })).status).toBe(403);
    expect((await ask('/', lines, { host, address: forwarded })).status).toBe(101);
  });
});

describe('options', () => {
  it.each<[string, unknown, string]>([
    ['an unknown name', { scope: [] }, 'authenticateUpgrade options.scope: is not an option'],
    [
      'a scope that is none',
      { scopes: ['modls:read'] },
      'authenticateUpgrade options.scopes: there is no resource "modls"',
    ],
    [
      'scopes that are no list',
      { scopes: 'models:read' },
      'must be an array of scopes; received "models:read"',
    ],
    [
      'an unknown kind',
      { kinds: ['sercet'] },
      'authenticateUpgrade options.kinds: must be an array of some of',
    ],
    [
      'an address that is no function',
      { address: '::1' },
      'authenticateUpgrade options.address: must be a function',
    ],
    ['a host that is no function', { host: 'a.b' }, 'authenticateUpgrade options.host: must be a function'],
    ['no kind', { kinds: [] }, 'authenticateUpgrade options.kinds: must be an array of some of'],
  ])('%s is refused at creation', (_name, options, message) => {
    expect(() => authenticateUpgrade(test.keys, options as AuthenticateUpgradeOptions)).toThrow(message);
  });
});
