/** `PATCH /keys/{key_id}`. */
import { keyResource as keySchema } from '../answer-schemas';
import { defineEndpoint } from '../endpoint';
import { keyFieldsOf } from '../key-fields-of';
import { keyResource } from '../key-resource';
import { changeKeyBody, noQuery } from '../request-schemas';

/** Changes a key. Whoever holds less than the key afterwards may only switch it off. */
export const changeKeyEndpoint = defineEndpoint({
  method: 'PATCH',
  path: '/keys/{key_id}',
  operationId: 'changeKey',
  summary: 'Change a key',
  description: 'Only what is named changes. A key that holds more than the caller can only be switched off.',
  access: 'write',
  query: noQuery,
  body: changeKeyBody,
  answer: keySchema,
  errors: ['NOT_FOUND', 'CONFLICT'],
  run: async ({ runtime: { service }, settings, authority, caller, id }, _query, { disabled, ...body }) => {
    const fields = keyFieldsOf(body);
    const onlyOff = disabled === true && Object.keys(fields).length === 0;
    const key = await service.update(
      id,
      { ...fields, ...(disabled === undefined ? {} : { disabled }) },
      {
        ownerId: caller.ownerId,
        by: caller.by,
        approve: (after, before) => {
          if (!onlyOff) authority.demand(caller, after, before, false);
        },
      },
    );
    return keyResource(key, service.clock(), settings.rotateEvery);
  },
});
