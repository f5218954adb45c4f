/** What follows from a verified key, whoever verified it: headers for the client, events for the host. */
import type { VerifiedKey } from '../service/verified-key';
import { headerValue } from './header-value';
import type { HttpRequest, HttpResponse } from './http-types';
import { setRotationHeaders } from './rotation-headers';
import type { Runtime } from './runtime';

/** Tells the client of a rotated key, and whoever listens, that a key was let in. */
export function announceVerified(
  runtime: Runtime,
  req: HttpRequest,
  res: HttpResponse | undefined,
  key: VerifiedKey,
): void {
  if (res !== undefined) setRotationHeaders(res, key);
  const { events, clock } = runtime.service;
  if (events.wanted('verified')) events.emit('verified', { key, at: clock() });
  if (events.wanted('secret_in_browser') && (key.kind === 'secret' || key.kind === 'scoped')) {
    const origin = headerValue(req.headers, 'origin');
    if (origin !== undefined) events.emit('secret_in_browser', { key, origin, at: clock() });
  }
}
