/** The hosts in which the same table must hold: Express 5, Express 4, Connect, and stock Passport. */
import connect from 'connect';
import express from 'express';
import express4 from 'express4';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Passport } from 'passport';
import { apiKeyAuth, apiKeyErrors, type ApiKeys, type Middleware } from '../../lib';

/** What all of them can do. */
export type App = RequestListener & {
  use(...handlers: Middleware[]): unknown;
  use(path: string, ...handlers: Middleware[]): unknown;
};

export interface Framework {
  readonly name: string;
  app(): App;
  /** How a host of this sort authenticates. */
  authenticate(keys: ApiKeys<never>): Middleware;
}

/** Stock Passport with every strategy of `keys`, registered and run by name. */
export function stockPassport(
  keys: ApiKeys<never>,
  options: object = { session: false, failWithError: true },
): Middleware {
  const passport = new Passport();
  const names = keys.strategies.map(({ name }) => name);
  for (const strategy of keys.strategies) passport.use(strategy.name, strategy as never);
  return passport.authenticate(names, options) as Middleware;
}

export const FRAMEWORKS: readonly Framework[] = [
  { name: 'Express 5', app: () => express(), authenticate: (keys) => apiKeyAuth(keys) },
  { name: 'Express 4', app: () => express4(), authenticate: (keys) => apiKeyAuth(keys) },
  { name: 'Connect', app: () => connect(), authenticate: (keys) => apiKeyAuth(keys) },
  {
    name: 'stock Passport',
    app: () => express(),
    authenticate: (keys) => stockPassport(keys),
  },
];

/** Every framework without Passport. */
export const PLAIN = FRAMEWORKS.slice(0, 3);

/** Says which key came. */
export const whoami: Middleware = (request, res) => {
  const req = request as IncomingMessage & { apiKey?: { id: string } | null };
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.end(JSON.stringify({ id: req.apiKey?.id ?? null }));
};

/** Mounts the error middleware, whose fourth argument frameworks count. */
export function mountErrors(app: App): void {
  app.use(apiKeyErrors() as unknown as Middleware);
}

/** Ends what no library answered, without a word on standard error. */
export function mountLastResort(app: App, seen: unknown[]): void {
  const last = (error: unknown, _req: IncomingMessage, res: ServerResponse, _next: unknown): void => {
    seen.push(error);
    res.statusCode = 555;
    res.end('last resort');
  };
  app.use(last as unknown as Middleware);
}
