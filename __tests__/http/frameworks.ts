/** The hosts in which the same table must hold: Express 5, Express 4, Connect, and stock Passport. */
import connect from 'connect';
import express from 'express';
import express4 from 'express4';
import type { IncomingMessage, RequestListener } from 'node:http';
import { Passport } from 'passport';
import { apiKeyAuth, apiKeyErrors, type ApiKeys, type Middleware } from '../../lib';

/** What all of them can do. */
export type App = RequestListener & {
  /** Connect takes one handler at a time. */
  use(handler: Middleware): unknown;
  use(path: string, handler: Middleware): unknown;
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

/** Mounts handlers one behind the other. */
export function mount(app: App, path: string, ...handlers: Middleware[]): void {
  for (const handler of handlers) app.use(path, handler);
}

/** A server's listener that runs one middleware, and answers 200 behind it. */
export function behind(middleware: Middleware, handler: Middleware = whoami): RequestListener {
  return (req, res) => {
    middleware(req, res, (error) => {
      if (error === undefined) handler(req, res, () => res.end());
      else {
        res.statusCode = 555;
        res.end(error instanceof Error ? error.message : '');
      }
    });
  };
}

/** Mounts the error middleware, whose fourth argument frameworks count. */
export function mountErrors(app: App): void {
  app.use(apiKeyErrors() as unknown as Middleware);
}
