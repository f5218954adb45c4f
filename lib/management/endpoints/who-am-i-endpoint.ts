/** `GET /whoami`. */
import { whoAmI } from '../answer-schemas';
import { defineEndpoint } from '../endpoint';
import { wireRateLimit, wireTime } from '../key-resource';
import { noQuery } from '../request-schemas';

/** Tells a caller who they are and what they may do. */
export const whoAmIEndpoint = defineEndpoint({
  method: 'GET',
  path: '/whoami',
  operationId: 'whoAmI',
  summary: 'What the presented key is and may do',
  access: 'any',
  query: noQuery,
  answer: whoAmI,
  errors: [],
  run: ({ caller: { key, by, ownerId, grant } }) => {
    const quota = key?.quota ?? null;
    return Promise.resolve({
      type: key === null ? 'user' : 'key',
      id: by.id,
      owner_id: ownerId,
      user_id: key === null ? by.id : key.userId,
      permissions: [...grant.scopes],
      name: key?.name ?? null,
      kind: key?.kind ?? null,
      level: key?.level ?? null,
      rate_limit: wireRateLimit(key?.rateLimit ?? null),
      quota: quota === null ? null : { limit: quota.limit, period: quota.period },
      created_at: wireTime(key?.createdAt ?? null),
      expires_at: wireTime(key?.expiresAt ?? null),
      rotated_at: wireTime(key?.rotatedAt ?? null),
      replaced_by: key?.replacedById ?? null,
    });
  },
});
