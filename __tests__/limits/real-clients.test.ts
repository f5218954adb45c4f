/** The client packages of OpenAI and Stripe, pointed at an app with limits: they show the error, and for how long to wait. */
import express from 'express';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import OpenAI from 'openai';
import Stripe from 'stripe';
import { apiKeyAuth } from '../../lib';
import { keyRateLimit } from '../../lib/limits';
import { testKeys } from './limited-app';

// The clients really wait for the window to end.
jest.setTimeout(60_000);

interface Seen {
  readonly at: number;
  readonly status: number;
  readonly retryAfter: number | null;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** An app that looks enough like both APIs, with one request a window. */
async function start(windowSeconds: number) {
  const { keys, create } = testKeys({ clock: Date.now });
  const { token } = await create();
  const seen: Seen[] = [];
  const app = express();
  app.use((_req, res, next) => {
    const at = performance.now();
    res.on('finish', () => {
      const retryAfter = res.getHeader('Retry-After');
      seen.push({
        at,
        status: res.statusCode,
        retryAfter: retryAfter === undefined ? null : Number(retryAfter),
      });
    });
    next();
  });
  app.use(apiKeyAuth(keys), keyRateLimit(keys, { default: { limit: 1, windowSeconds } }));
  app.get(
    '/v1/models',
    (_req, res) => void res.json({ object: 'list', data: [{ id: 'm-1', object: 'model' }] }),
  );
  app.get('/v1/balance', (_req, res) => void res.json({ object: 'balance', available: [] }));
  const server = app.listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return { token, seen, port: (server.address() as AddressInfo).port };
}

const CLIENTS = {
  openai(port: number, token: string, maxRetries: number) {
    const client = new OpenAI({ apiKey: token, baseURL: `http://127.0.0.1:${String(port)}/v1`, maxRetries });
    return async () => (await client.models.list()).data.map(({ id }) => id);
  },
  stripe(port: number, token: string, maxRetries: number) {
    const options = { host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: maxRetries } as const;
    const client = new Stripe(token, { ...options, telemetry: false });
    return async () => (await client.balance.retrieve()).object;
  },
} as const;

interface ClientError extends Error {
  readonly code?: string;
  readonly status?: number;
  readonly statusCode?: number;
  readonly headers?: Record<string, string>;
}

/** What an error of either client shows. */
async function errorOf(call: () => Promise<unknown>) {
  return call().then(
    () => null,
    (error: unknown) => error as ClientError,
  );
}

describe.each([
  ['openai', ['m-1']],
  ['stripe', 'balance'],
] as const)('the client package of %s', (name, answer) => {
  it('shows error.code and error.message of a 429', async () => {
    const { token, port } = await start(600);
    const call = CLIENTS[name](port, token, 0);
    expect(await call()).toEqual(answer);
    const error = await errorOf(call);
    expect(error).toBeInstanceOf(
      name === 'openai' ? OpenAI.RateLimitError : Stripe.errors.StripeRateLimitError,
    );
    expect(error?.code).toBe('RATE_LIMITED');
    expect(error?.message).toContain('Rate limit exceeded');
    expect(error?.status ?? error?.statusCode).toBe(429);
  });

  it('shows error.code and error.message of a bad key', async () => {
    const { port } = await start(600);
    const error = await errorOf(CLIENTS[name](port, 'sk_wrong', 0));
    expect(error?.code).toBe('UNAUTHORIZED');
    expect(error?.message).toContain('Invalid API key');
  });
});

describe('Retry-After', () => {
  const waited = ([, refused, passed]: Seen[]): boolean => {
    const seconds = refused?.retryAfter ?? Number.NaN;
    return seconds >= 1 && (passed?.at ?? 0) - (refused?.at ?? 0) >= seconds * 1000 - 20;
  };

  it('is what the client of openai waits for, by itself', async () => {
    const { token, port, seen } = await start(3);
    const call = CLIENTS.openai(port, token, 2);
    await call();
    expect(await call()).toEqual(['m-1']);
    expect(seen.map(({ status }) => status)).toEqual([200, 429, 200]);
    expect(waited(seen)).toBe(true);
  });

  it('is what the client of stripe hands to its caller, who passes after waiting for it', async () => {
    const { token, port, seen } = await start(2);
    const call = CLIENTS.stripe(port, token, 2);
    await call();
    const error = await errorOf(call);
    const seconds = Number(error?.headers?.['retry-after']);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    expect(await call()).toBe('balance');
    expect(seen.map(({ status }) => status)).toEqual([200, 429, 200]);
    expect(waited(seen)).toBe(true);
  });
});
