/** The names of fields on the wire beside those of the library. */

/** Wire name of each field of the library that a client may send or filter by. */
export const WIRE_NAMES = {
  name: 'name',
  description: 'description',
  kind: 'kind',
  scopes: 'permissions',
  level: 'level',
  userId: 'user_id',
  origins: 'origins',
  addresses: 'addresses',
  hosts: 'hosts',
  rateLimit: 'rate_limit',
  windowSeconds: 'window_seconds',
  quota: 'quota',
  metadata: 'metadata',
  expiresAt: 'expires_at',
  disabled: 'disabled',
  overlapSeconds: 'overlap_seconds',
  nameContains: 'name',
  kinds: 'kind',
  objectId: 'object_id',
} as const;

/** The wire name of a field such as `rateLimit.windowSeconds`; names that are the same on both sides stay. */
export function wireName(field: string): string {
  return field
    .split('.')
    .map((part) => (Object.hasOwn(WIRE_NAMES, part) ? WIRE_NAMES[part as keyof typeof WIRE_NAMES] : part))
    .join('.');
}
