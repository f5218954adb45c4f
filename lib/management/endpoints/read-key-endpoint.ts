/** `GET /keys/{key_id}`. */
import { keyResource as keySchema } from '../answer-schemas';
import { defineEndpoint } from '../endpoint';
import { keyResource } from '../key-resource';
import { noQuery } from '../request-schemas';

/** Reads a key. */
export const readKeyEndpoint = defineEndpoint({
  method: 'GET',
  path: '/keys/{key_id}',
  operationId: 'getKey',
  summary: 'Read a key',
  access: 'read',
  query: noQuery,
  answer: keySchema,
  errors: ['NOT_FOUND'],
  run: async ({ runtime: { service }, settings, caller: { ownerId }, id }) => {
    return keyResource(await service.get(id, { ownerId }), service.clock(), settings.rotateEvery);
  },
});
