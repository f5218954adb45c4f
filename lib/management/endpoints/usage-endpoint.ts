/** `GET /keys/{key_id}/usage`. */
import { usageReport } from '../answer-schemas';
import { defineEndpoint } from '../endpoint';
import type { UsageSource } from '../management-options';
import { usageQuery } from '../request-schemas';

/** Makes the endpoint that answers the daily counts of a key. */
export function usageEndpoint(usage: UsageSource) {
  return defineEndpoint({
    method: 'GET',
    path: '/keys/{key_id}/usage',
    operationId: 'getKeyUsage',
    summary: 'Usage of a key by day',
    access: 'read',
    query: usageQuery,
    answer: usageReport,
    errors: ['NOT_FOUND'],
    run: async ({ runtime: { service }, caller: { ownerId }, id }, { from, to }) => {
      const key = await service.get(id, { ownerId });
      const days = await usage.daily(key.id, {
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      });
      return {
        id: key.id,
        usage: days.map(({ day, requests, denied, limited }) => ({ day, requests, denied, limited })),
      };
    },
  });
}
