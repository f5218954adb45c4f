/** Tells the events what happened to a request, when anyone listens. */
import type { Denial } from '../errors';
import type { VerifiedKey } from '../service/verified-key';
import { addressOf } from './http-facts';
import type { HttpRequest } from './http-types';
import type { Runtime } from './runtime';

/** The path that the client asked for, without the query. */
export function pathOf(req: HttpRequest): string {
  const url = req.originalUrl ?? req.url ?? '';
  const mark = url.indexOf('?');
  return mark === -1 ? url : url.slice(0, mark);
}

/** Reports a refusal with its true reason. */
export function reportDenied(
  runtime: Runtime,
  req: HttpRequest,
  denial: Denial,
  keyId: string | null,
  key: VerifiedKey | null = null,
): void {
  const { events, clock } = runtime.service;
  if (!events.wanted('denied')) return;
  events.emit('denied', {
    reason: denial.reason,
    status: denial.status,
    keyId,
    key,
    method: req.method ?? '',
    path: pathOf(req),
    address: addressOf(req) ?? null,
    at: clock(),
  });
}

/** Requests that a guard let pass: a route with two guards is one request. */
const passed = new WeakSet<HttpRequest>();

/** The pattern of the route with its method; the path where the framework knows no pattern. */
function routeOf(req: HttpRequest): string {
  const { route } = req;
  const pattern = typeof route === 'object' && route !== null && 'path' in route ? route.path : undefined;
  const path = typeof pattern === 'string' ? `${req.baseUrl ?? ''}${pattern}` : pathOf(req);
  return `${req.method ?? ''} ${path}`;
}

/** Reports the first guard that lets a request pass. */
export function reportPassed(
  runtime: Runtime,
  req: HttpRequest,
  key: VerifiedKey,
  scopes: readonly string[],
): void {
  if (passed.has(req)) return;
  passed.add(req);
  const { events, clock } = runtime.service;
  events.emit('passed', { key, scopes, route: routeOf(req), at: clock() });
}
