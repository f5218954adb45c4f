/** `POST /keys/{key_id}/rotate`. */
import { rotatedKey } from '../answer-schemas';
import { defineEndpoint } from '../endpoint';
import { keyResource } from '../key-resource';
import { noQuery, rotateKeyBody } from '../request-schemas';

/** Gives a key a successor with the same rights, and lets the old token live on for a while. */
export const rotateKeyEndpoint = defineEndpoint({
  method: 'POST',
  path: '/keys/{key_id}/rotate',
  operationId: 'rotateKey',
  summary: 'Rotate a key',
  description:
    'A new token with the same rights and expiry. The old one lives on for `overlap_seconds`, and is answered ' +
    'with `Deprecation` and `Sunset`. A key that holds more than the caller is not rotated.',
  access: 'write',
  status: 201,
  query: noQuery,
  body: rotateKeyBody,
  bodyOptional: true,
  answer: rotatedKey,
  errors: ['NOT_FOUND', 'CONFLICT'],
  run: async (
    { runtime: { service }, settings, authority, caller, id },
    _query,
    { overlap_seconds: overlap },
  ) => {
    const { token, key, previous } = await service.rotate(id, {
      ownerId: caller.ownerId,
      by: caller.by,
      ...(overlap === undefined ? {} : { overlapSeconds: overlap }),
      approve: (after, before) => {
        authority.demand(caller, after, before, true);
      },
    });
    const now = service.clock();
    const { rotateEvery } = settings;
    return {
      ...keyResource(key, now, rotateEvery),
      key: token,
      previous: keyResource(previous, now, rotateEvery),
    };
  },
});
