/** The names of fields on the wire beside those of the library, and refusals in these names. */
import { invalidField } from '../denials';
import { ApiKeyError, InvalidValueError, type Denial } from '../errors';

/** Wire name of each field of the library that a client may send or filter by. */
const WIRE_NAMES = {
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
function wireName(field: string): string {
  return field
    .split('.')
    .map((part) => (Object.hasOwn(WIRE_NAMES, part) ? WIRE_NAMES[part as keyof typeof WIRE_NAMES] : part))
    .join('.');
}

function translated(denial: Denial): Denial {
  const { field } = denial.details;
  if (denial.code !== 'INVALID_REQUEST' || typeof field !== 'string') return denial;
  const name = wireName(field);
  if (name === field) return denial;
  const message = denial.message.startsWith(field)
    ? name + denial.message.slice(field.length)
    : denial.message;
  return { ...denial, message, details: { ...denial.details, field: name } };
}

/** An error of the service in the words of the wire. What is no refusal stays as it is. */
export function onTheWire(error: unknown): unknown {
  if (error instanceof ApiKeyError) return new ApiKeyError(translated(error.denial), { cause: error });
  if (!(error instanceof InvalidValueError)) return error;
  // A store keeps less than the service takes; its sentence starts with the field and a colon.
  const [field = ''] = error.message.split(':', 1);
  return new ApiKeyError(translated(invalidField(field, error.message)), { cause: error });
}
