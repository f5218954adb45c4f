/** An app with limits, its keys, and a clock that the test turns. */
import express, { type Express } from 'express';
import request from 'supertest';
import {
  apiKeyAuth,
  createApiKeys,
  memoryStore,
  type ApiKeyAuthOptions,
  type ApiKeyEvents,
  type ApiKeys,
  type ApiKeysOptions,
  type CreateKeyInput,
} from '../../lib';
import { keyRateLimit, type KeyRateLimitOptions } from '../../lib/limits';

export const NOON = Date.parse('2026-11-22T12:00:00Z');
export const MINUTE = { limit: 2, windowSeconds: 60 };

/** Keys, and what they told and logged. */
export function testKeys(options: Partial<Omit<ApiKeysOptions<never>, 'scopes'>> = {}) {
  const clock = { now: NOON };
  const limited: ApiKeyEvents['limited'][] = [];
  const lines: string[] = [];
  const keys = createApiKeys({
    store: memoryStore(),
    pepper: 'a pepper of more than thirty-two characters',
    clock: () => clock.now,
    log: (line) => lines.push(line),
    ...options,
  });
  keys.on('limited', (event) => void limited.push(event));
  let count = 0;
  const create = async (input: Partial<CreateKeyInput> = {}) => {
    count += 1;
    return keys.create({ kind: 'secret', name: `Key ${String(count)}`, ...input });
  };
  return { keys, clock, limited, lines, create };
}

/** An app whose routes all stand behind the limiter. */
export function limitedApp(
  keys: ApiKeys<never> | ApiKeys,
  options: KeyRateLimitOptions,
  auth: ApiKeyAuthOptions = {},
): Express {
  const app = express();
  app.use(apiKeyAuth(keys, auth), keyRateLimit(keys, options));
  app.use((_req, res) => res.json({ ok: true }));
  return app;
}

/** One request, with a key or without. */
export async function ask(app: Express, token?: string, headers: Record<string, string> = {}, path = '/') {
  const call = request(app).get(path).set(headers);
  return token === undefined ? call : call.set('Authorization', `Bearer ${token}`);
}

/** The statuses of several requests, one after the other. */
export async function statuses(app: Express, token: string | undefined, count: number): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < count; i += 1) all.push((await ask(app, token)).status);
  return all;
}
