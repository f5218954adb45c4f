/** What clients send, as schemas: validation, TypeScript types and the OpenAPI document come from here. */
import { z } from 'zod';

/** Names are shown in consoles and terminals: no markup, and nothing that turns the direction of a line. */
const PLAIN_NAME = /^[^<>\u202a-\u202e\u2066-\u2069]*$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

const MAX_COUNT = 1_000_000_000;
const MAX_WINDOW = 31_536_000;

const count = z.int().min(1).max(MAX_COUNT);

/** A time with a zone. */
export const time = z.iso.datetime({ offset: true }).meta({
  description: 'ISO 8601 with a zone.',
  examples: ['2030-12-31T23:59:59Z'],
});

/** A list of texts, whose grammar the service checks. */
function texts(description: string, least = 0) {
  return z.array(z.string().min(1).max(512)).min(least).max(100).meta({ description });
}

/** `1000`, or `{ "limit": 1000, "window_seconds": 60 }`. */
export const rateLimit = z
  .union([count, z.strictObject({ limit: count, window_seconds: z.int().min(1).max(MAX_WINDOW) })])
  .meta({ description: 'Requests an hour, or in each window of `window_seconds`.' });

/** Requests a calendar period in UTC. */
export const quota = z.strictObject({ limit: count, period: z.enum(['day', 'month']) }).meta({
  description: 'Requests a calendar period in UTC.',
});

/** Plain JSON data. Not copied by the schema: the service does that. */
export const metadata = z
  .custom<Readonly<Record<string, unknown>>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'must be an object',
  )
  .meta({ type: 'object', description: 'Data of your own: plain JSON, at most 4,096 bytes.' });

const name = z
  .string()
  .min(1)
  .max(200)
  .regex(PLAIN_NAME, 'must not hold "<", ">" or marks of direction')
  .meta({
    description: 'What people call the key.',
    examples: ['My Application'],
  });

const settings = {
  description: z.string().max(2_000).optional(),
  permissions: texts('What the key may do: scopes such as `models:read`.', 1).optional(),
  level: z.string().min(1).max(128).nullable().optional().meta({
    description: 'A level that caps the permissions; `null` for none.',
  }),
  user_id: z.string().min(1).max(128).nullable().optional().meta({
    description: 'The user that the key acts as and never above; `null` when it acts as itself.',
  }),
  origins: texts('Publishable keys: the web origins that may use the key.').optional(),
  addresses: texts('Addresses and CIDR ranges that may use the key; empty for any.').optional(),
  hosts: texts('Host names that the key belongs to; empty for any.').optional(),
  rate_limit: rateLimit.nullable().optional(),
  quota: quota.nullable().optional(),
  metadata: metadata.optional(),
  expires_at: time.nullable().optional(),
};

/** The kinds that are created here; temporary tokens are minted elsewhere. */
export const creatableKind = z.enum(['secret', 'publishable', 'scoped']);

/** Body of `POST /keys`. */
export const createKeyBody = z
  .strictObject({ name, kind: creatableKind.optional(), ...settings })
  .meta({ description: 'A new key. Needs `permissions` or a `level`.' });

/** Body of `PATCH /keys/{key_id}`. */
export const changeKeyBody = z
  .strictObject({
    name: name.optional(),
    ...settings,
    disabled: z.boolean().optional().meta({ description: 'Whether the key is switched off.' }),
  })
  .meta({ description: 'The fields to change; the others stay.' });

/** Body of `POST /keys/{key_id}/rotate`, which may be left out. */
export const rotateKeyBody = z.strictObject({
  overlap_seconds: z.int().min(0).max(MAX_WINDOW).optional().meta({
    description: 'How long the old token lives on, never past its own expiry. Default a day.',
    default: 86_400,
  }),
});

const fact = z.string().min(1).max(512);

/** A request to explain: body of `POST`, or query of `GET /keys/{key_id}/explain`. */
export const explainRequest = z.strictObject({
  scope: fact.optional().meta({ description: 'The scope that a guard asks for.' }),
  object_id: fact.optional().meta({ description: 'The object that the request is about.' }),
  origin: fact.optional().meta({ description: 'Its `Origin`.' }),
  address: fact.optional().meta({ description: 'The address of the client.' }),
  host: fact.optional().meta({ description: 'The host that it asks.' }),
  carrier: fact.optional().meta({
    description: 'Where the token travels: `authorization`, `header`, `query` or `cookie`, `:`, and a name.',
    examples: ['authorization:Bearer', 'header:X-API-Key'],
  }),
});

/** Query of `GET /keys`. */
export const listKeysQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 200')
    .optional()
    .meta({
      description: 'Keys a page: 1 to 200. Default 50.',
    }),
  cursor: fact.optional().meta({ description: '`next_cursor` of the page before.' }),
  kind: z.enum(['secret', 'publishable', 'temporary', 'scoped']).optional(),
  state: z.enum(['live', 'revoked', 'expired']).optional().meta({
    description: '`live`: neither revoked nor expired. Default: all.',
  }),
  name: fact.optional().meta({ description: 'Part of the name, in any case.' }),
  user_id: fact.optional().meta({ description: 'The user that the keys act as.' }),
  parent_id: fact.optional().meta({ description: 'The secret key that temporary tokens were minted from.' }),
  due: z.literal('true').optional().meta({
    description: 'Only live keys that are due for rotation, where the host says how often keys are rotated.',
  }),
});

const day = z.string().regex(DAY, 'must be a day such as 2026-01-31').optional();

/** Query of `GET /keys/{key_id}/usage`. */
export const usageQuery = z.strictObject({
  from: day.meta({ description: 'First day, UTC. Default: 29 days before `to`.', examples: ['2026-01-01'] }),
  to: day.meta({ description: 'Last day, UTC. Default: today.', examples: ['2026-01-31'] }),
});

/** No query. */
export const noQuery = z.strictObject({});

/** Fields that `POST /keys` takes. */
export type CreateKeyBody = z.infer<typeof createKeyBody>;
/** Fields that `PATCH /keys/{key_id}` takes. */
export type ChangeKeyBody = z.infer<typeof changeKeyBody>;
/** Fields that `POST /keys/{key_id}/rotate` takes. */
export type RotateKeyBody = z.infer<typeof rotateKeyBody>;
/** A request to explain. */
export type ExplainRequest = z.infer<typeof explainRequest>;
/** Filters of `GET /keys`. */
export type ListKeysQuery = z.infer<typeof listKeysQuery>;
/** Range of `GET /keys/{key_id}/usage`. */
export type UsageQuery = z.infer<typeof usageQuery>;
