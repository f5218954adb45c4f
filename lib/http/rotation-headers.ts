/** Tells the client of a rotated key that its token is about to end. */
import type { VerifiedKey } from '../service/verified-key';
import type { HttpResponse } from './http-types';

/** Sets `Deprecation` (RFC 9745) and `Sunset` (RFC 8594) for a key that was rotated and still lives. */
export function setRotationHeaders(res: HttpResponse, key: VerifiedKey): void {
  if (key.rotatedAt === null) return;
  res.setHeader('Deprecation', `@${String(Math.floor(key.rotatedAt / 1000))}`);
  // Rotation gives the old key an end, and no change takes it away again.
  res.setHeader('Sunset', new Date(Number(key.expiresAt)).toUTCString());
}
