/** `DELETE /keys/{key_id}`. */
import { keyResource as keySchema } from '../answer-schemas';
import { defineEndpoint } from '../endpoint';
import { keyResource } from '../key-resource';
import { noQuery } from '../request-schemas';

/** Revokes a key for good. Taking rights away is open to everyone who may change keys. */
export const revokeKeyEndpoint = defineEndpoint({
  method: 'DELETE',
  path: '/keys/{key_id}',
  operationId: 'revokeKey',
  summary: 'Revoke a key',
  description: 'For good, from the next request on. A key that is revoked already stays as it is.',
  access: 'write',
  query: noQuery,
  answer: keySchema,
  errors: ['NOT_FOUND'],
  run: async ({ runtime: { service }, settings, caller: { ownerId, by }, id }) => {
    const key = await service.revoke(id, { ownerId, by });
    return keyResource(key, service.clock(), settings.rotateEvery);
  },
});
