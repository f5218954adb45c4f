/** Tells the events what happened to a request, when anyone listens. */
import type { Denial } from '../errors';
import type { ApiKeyEvents } from '../service/events';
import type { VerifiedKey } from '../service/verified-key';
import { addressOf } from './http-facts';
import type { HttpRequest } from './http-types';
import type { Runtime } from './runtime';

/** As many characters of the alphabet of tokens as stand behind a prefix. */
const TOKEN_BODY = /[0-9A-Za-z]{54,}/g;

/** The path that the client asked for, without the query, and without a token that was put into it by mistake. */
export function pathOf(req: HttpRequest): string {
  const url = req.originalUrl ?? req.url ?? '';
  const mark = url.indexOf('?');
  return (mark === -1 ? url : url.slice(0, mark)).replace(TOKEN_BODY, '<redacted>');
}

/** Reports a refusal with its true reason. */
export function reportDenied(
  runtime: Runtime,
  req: HttpRequest,
  denial: Denial,
  keyId: string | null,
  key: VerifiedKey | null = null,
): void {
  const { events } = runtime.service;
  if (events.wanted('denied')) events.emit('denied', refusalOf(runtime, req, denial, keyId, key));
}

/** Reports what a shadow guard would deny. */
export function reportWouldDeny(
  runtime: Runtime,
  req: HttpRequest,
  denial: Denial,
  keyId: string | null,
  key: VerifiedKey | null,
  scopes: readonly string[],
): void {
  const refusal = refusalOf(runtime, req, denial, keyId, key);
  runtime.service.events.emit('would_deny', { ...refusal, scopes });
}

function refusalOf(
  runtime: Runtime,
  req: HttpRequest,
  denial: Denial,
  keyId: string | null,
  key: VerifiedKey | null,
): ApiKeyEvents['denied'] {
  return {
    reason: denial.reason,
    status: denial.status,
    keyId,
    key,
    method: req.method ?? '',
    path: pathOf(req),
    address: addressOf(req) ?? null,
    at: runtime.service.clock(),
  };
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
