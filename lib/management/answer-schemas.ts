/** What clients are answered, as schemas. */
import { z } from 'zod';
import { ERROR_STATUS, type ErrorCode } from '../errors';
import { metadata, quota, rateLimit } from './request-schemas';

/** Times in answers: UTC, whole seconds. */
const time = z.iso.datetime({ precision: 0 }).meta({ examples: ['2030-12-31T23:59:59Z'] });
const kind = z.enum(['secret', 'publishable', 'temporary', 'scoped']);
const texts = z.array(z.string());

const fields = {
  id: z.string().meta({ description: 'Not secret: the id that the token carries.' }),
  name: z.string(),
  description: z.string(),
  kind,
  owner_id: z.string(),
  user_id: z.string().nullable(),
  permissions: texts.meta({ description: 'Scopes as they were written.' }),
  level: z.string().nullable(),
  origins: texts,
  addresses: texts,
  hosts: texts,
  rate_limit: rateLimit.nullable(),
  quota: quota.nullable(),
  parent_id: z.string().nullable(),
  metadata,
  state: z.enum(['live', 'disabled', 'expired', 'revoked']),
  created_at: time,
  updated_at: time,
  expires_at: time.nullable(),
  disabled_at: time.nullable(),
  revoked_at: time.nullable(),
  rotated_at: time
    .nullable()
    .meta({ description: 'When the key was rotated; its token lives on until `expires_at`.' }),
  replaced_by: z.string().nullable().meta({ description: 'The key that took its place.' }),
  rotation_due_at: time
    .nullable()
    .meta({ description: 'When the key should be rotated. Nothing is blocked then.' }),
  last_used_at: time.nullable(),
};

/** A key. */
export const keyResource = z.strictObject(fields);

const token = z.string().meta({ description: 'The token. It is never shown again.' });

/** A new key, with its token. */
export const createdKey = z.strictObject({ ...fields, key: token });

/** The successor of a key, with its token, and the old key as it lives on. */
export const rotatedKey = z.strictObject({ ...fields, key: token, previous: keyResource });

/** A page of keys. */
export const keyList = z.strictObject({ keys: z.array(keyResource), next_cursor: z.string().nullable() });

/** Who asks. */
export const whoAmI = z.strictObject({
  type: z.enum(['key', 'user']),
  id: z.string(),
  owner_id: z.string(),
  user_id: z.string().nullable(),
  permissions: texts.meta({ description: 'What the caller may do now.' }),
  name: z.string().nullable(),
  kind: kind.nullable(),
  level: z.string().nullable(),
  rate_limit: rateLimit.nullable(),
  quota: quota.nullable(),
  created_at: time.nullable(),
  expires_at: time.nullable(),
  rotated_at: time.nullable(),
  replaced_by: z.string().nullable(),
});

const requests = z.int().min(0);

/** Counts of a key by day. */
export const usageReport = z.strictObject({
  id: z.string(),
  usage: z.array(z.strictObject({ day: z.iso.date(), requests, denied: requests, limited: requests })),
});

/** Every rule with its outcome. */
export const explanation = z.strictObject({
  id: z.string(),
  granted: z.boolean(),
  status: z.int(),
  reason: z
    .string()
    .nullable()
    .meta({ description: 'The first rule that failed, in the words of the events.' }),
  rules: z.array(
    z.strictObject({
      rule: z.string(),
      outcome: z.enum(['passed', 'failed', 'skipped']),
      message: z.string(),
    }),
  ),
  permissions: texts,
});

/** Every refusal. */
export const errorAnswer = z.strictObject({
  error: z.strictObject({
    code: z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    details: z.looseObject({}),
  }),
});

/** A key on the wire. */
export type KeyResource = z.infer<typeof keyResource>;
/** A new key on the wire. */
export type CreatedKeyAnswer = z.infer<typeof createdKey>;
/** A rotated key on the wire. */
export type RotatedKeyAnswer = z.infer<typeof rotatedKey>;
/** A page on the wire. */
export type KeyListAnswer = z.infer<typeof keyList>;
/** Who asks, on the wire. */
export type WhoAmIAnswer = z.infer<typeof whoAmI>;
/** Usage on the wire. */
export type UsageAnswer = z.infer<typeof usageReport>;
/** An explanation on the wire. */
export type ExplanationAnswer = z.infer<typeof explanation>;
