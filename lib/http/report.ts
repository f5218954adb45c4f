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
