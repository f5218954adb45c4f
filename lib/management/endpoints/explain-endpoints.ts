/** `GET` and `POST /keys/{key_id}/explain`. */
import { carrierKinds } from '../../http/carrier-kinds';
import { explanation, type ExplanationAnswer } from '../answer-schemas';
import { defineEndpoint, type Call, type Endpoint } from '../endpoint';
import { explainRequest, noQuery, type ExplainRequest } from '../request-schemas';

async function explain({ runtime, caller, id }: Call, asked: ExplainRequest): Promise<ExplanationAnswer> {
  const { scope, object_id: objectId, origin, address, host, carrier } = asked;
  const { keyId, granted, status, reason, rules, scopes } = await runtime.service.explain(
    id,
    {
      ...(scope === undefined ? {} : { scope }),
      ...(objectId === undefined ? {} : { objectId }),
      ...(carrier === undefined ? {} : { kinds: carrierKinds(runtime.carriers, carrier) }),
      origin,
      address,
      host,
    },
    { ownerId: caller.ownerId },
  );
  return {
    id: keyId,
    granted,
    status,
    reason,
    rules: rules.map(({ rule, outcome, message }) => ({ rule, outcome, message })),
    permissions: [...scopes],
  };
}

const shared = {
  path: '/keys/{key_id}/explain',
  summary: 'Why a request with a key passes or fails',
  description:
    'Every rule with its outcome, for the request that is described. The token is taken for proven.',
  access: 'read',
  answer: explanation,
  errors: ['NOT_FOUND'],
} as const;

/** Explain a key: the request to explain stands in the query, or in the body. */
export const explainEndpoints: readonly Endpoint[] = [
  defineEndpoint({
    ...shared,
    method: 'GET',
    operationId: 'explainKey',
    query: explainRequest,
    run: explain,
  }),
  defineEndpoint({
    ...shared,
    method: 'POST',
    operationId: 'explainKeyWithBody',
    query: noQuery,
    body: explainRequest,
    bodyOptional: true,
    run: (call, _query, body) => explain(call, body),
  }),
];
