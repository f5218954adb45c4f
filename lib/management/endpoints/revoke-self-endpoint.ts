/** `DELETE /whoami`. */
import { keyResource as keySchema } from '../answer-schemas';
import { defineEndpoint } from '../endpoint';
import { keyResource } from '../key-resource';
import { noQuery } from '../request-schemas';

/** Lets a secret or scoped key revoke itself, whatever its scopes: whoever finds one can make it harmless. */
export const revokeSelfEndpoint = defineEndpoint({
  method: 'DELETE',
  path: '/whoami',
  operationId: 'revokeSelf',
  summary: 'Revoke the presented key',
  description: 'For secret and scoped keys; needs no scope.',
  access: 'self',
  query: noQuery,
  answer: keySchema,
  errors: [],
  run: async ({ runtime: { service }, settings, caller: { ownerId, by } }) => {
    const key = await service.revoke(by.id, { ownerId, by });
    return keyResource(key, service.clock(), settings.rotateEvery);
  },
});
