/** `GET /keys`. */
import { invalidField } from '../../denials';
import { ApiKeyError } from '../../errors';
import type { ListKeysInput } from '../../service/list-keys';
import { keyList } from '../answer-schemas';
import { defineEndpoint } from '../endpoint';
import { keyResource } from '../key-resource';
import { listKeysQuery, type ListKeysQuery } from '../request-schemas';

function filtersOf(query: ListKeysQuery): ListKeysInput {
  return {
    ...(query.limit === undefined ? {} : { limit: Number(query.limit) }),
    ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
    ...(query.kind === undefined ? {} : { kinds: [query.kind] }),
    ...(query.state === undefined ? {} : { state: query.state }),
    ...(query.name === undefined ? {} : { nameContains: query.name }),
    ...(query.user_id === undefined ? {} : { userId: query.user_id }),
    ...(query.parent_id === undefined ? {} : { parentId: query.parent_id }),
  };
}

/** Lists the keys of the caller's owner, newest first. */
export const listKeysEndpoint = defineEndpoint({
  method: 'GET',
  path: '/keys',
  operationId: 'listKeys',
  summary: 'List keys',
  description: 'Newest first, a page at a time. A page with `due` may hold fewer keys than asked for.',
  access: 'read',
  query: listKeysQuery,
  answer: keyList,
  errors: [],
  run: async ({ runtime: { service }, settings, caller: { ownerId } }, query) => {
    const { rotateEvery } = settings;
    const filters = { ...filtersOf(query), ownerId };
    if (query.due !== undefined && rotateEvery === null) {
      throw new ApiKeyError(invalidField('due', 'due needs the host to say how often keys are rotated'));
    }
    if (query.due !== undefined && query.state !== undefined && query.state !== 'live') {
      throw new ApiKeyError(invalidField('state', 'state must be "live" or left out beside due'));
    }
    const page =
      query.due !== undefined && rotateEvery !== null
        ? await service.due({ ...filters, rotateEvery: rotateEvery / 1000 })
        : await service.list(filters);
    const now = service.clock();
    return {
      keys: page.keys.map((key) => keyResource(key, now, rotateEvery)),
      next_cursor: page.nextCursor,
    };
  },
});
