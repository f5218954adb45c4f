/** `POST /keys`. */
import { invalidField } from '../../denials';
import { ApiKeyError } from '../../errors';
import type { KeyFields } from '../../service/key-fields';
import { createdKey } from '../answer-schemas';
import type { Caller } from '../caller';
import { defineEndpoint } from '../endpoint';
import { keyFieldsOf } from '../key-fields-of';
import { keyResource } from '../key-resource';
import { createKeyBody, noQuery } from '../request-schemas';

/** What a key hands on where the body says nothing: what binds it binds the keys that it makes. */
function inherited({ stored }: Caller): KeyFields {
  if (stored === null) return {};
  const { userId, level, addresses, hosts, rateLimit, quota } = stored;
  return { userId, level, addresses, hosts, rateLimit, quota };
}

/** Creates a key of the caller's owner. */
export const createKeyEndpoint = defineEndpoint({
  method: 'POST',
  path: '/keys',
  operationId: 'createKey',
  summary: 'Create a key',
  description: 'The token stands in this answer as `key`, and nowhere else ever after.',
  access: 'write',
  status: 201,
  query: noQuery,
  body: createKeyBody,
  answer: createdKey,
  errors: ['CONFLICT'],
  run: async ({ runtime: { service }, settings, authority, caller }, _query, { kind, name, ...body }) => {
    if (body.permissions === undefined && (body.level ?? null) === null) {
      throw new ApiKeyError(
        invalidField('permissions', 'permissions must name at least one scope, or level a level'),
      );
    }
    const { token, key } = await service.create(
      {
        ...inherited(caller),
        ...keyFieldsOf(body),
        kind: kind ?? settings.defaultKind,
        name,
        ownerId: caller.ownerId,
      },
      caller.by,
      (after) => {
        authority.demand(caller, after, null, true);
      },
    );
    return { ...keyResource(key, service.clock(), settings.rotateEvery), key: token };
  },
});
