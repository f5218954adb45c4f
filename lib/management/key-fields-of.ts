/** Fields of a body as the service takes them. */
import type { RateLimit } from '../keys/key-record';
import type { KeyFields } from '../service/key-fields';
import type { ChangeKeyBody, CreateKeyBody } from './request-schemas';
import { DEFAULT_WINDOW_SECONDS } from './key-resource';

type Settings = Omit<CreateKeyBody, 'kind' | 'name'> & Pick<ChangeKeyBody, 'name'>;

function rateLimitOf(value: NonNullable<Settings['rate_limit']> | null): RateLimit | null {
  if (value === null) return null;
  if (typeof value === 'number') return { limit: value, windowSeconds: DEFAULT_WINDOW_SECONDS };
  return { limit: value.limit, windowSeconds: value.window_seconds };
}

/** The fields that a body names, and no others. */
export function keyFieldsOf(body: Settings): KeyFields {
  return {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.description === undefined ? {} : { description: body.description }),
    ...(body.permissions === undefined ? {} : { scopes: body.permissions }),
    ...(body.level === undefined ? {} : { level: body.level }),
    ...(body.user_id === undefined ? {} : { userId: body.user_id }),
    ...(body.origins === undefined ? {} : { origins: body.origins }),
    ...(body.addresses === undefined ? {} : { addresses: body.addresses }),
    ...(body.hosts === undefined ? {} : { hosts: body.hosts }),
    ...(body.rate_limit === undefined ? {} : { rateLimit: rateLimitOf(body.rate_limit) }),
    ...(body.quota === undefined ? {} : { quota: body.quota }),
    ...(body.metadata === undefined ? {} : { metadata: body.metadata }),
    ...(body.expires_at === undefined
      ? {}
      : { expiresAt: body.expires_at === null ? null : Date.parse(body.expires_at) }),
  };
}
