/** One endpoint: what it takes, what it answers, and what it does. */
import type { z } from 'zod';
import type { ErrorCode } from '../errors';
import { readJsonBody } from '../http/read-json-body';
import type { HttpRequest } from '../http/http-types';
import type { Runtime } from '../http/runtime';
import type { Authority } from './authority';
import type { Access, Caller } from './caller';
import type { ManagementSettings } from './management-options';
import { parseRequest, readQuery } from './parse-request';
import { onTheWire } from './wire-names';

/** Most bytes of a body: 100 scopes and 100 origins of the greatest length fit. */
export const BODY_LIMIT = 131_072;

/** One call of an endpoint. */
export interface Call {
  readonly req: HttpRequest;
  readonly runtime: Runtime;
  readonly settings: ManagementSettings;
  readonly authority: Authority;
  readonly caller: Caller;
  /** The `{key_id}` of the path; empty where the path has none. */
  readonly id: string;
}

/** What the router and the OpenAPI document know of an endpoint. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With `{key_id}` for the id of a key. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly status: 200 | 201;
  readonly query: z.ZodObject;
  /** `null` where it takes no body. */
  readonly body: z.ZodObject | null;
  /** Whether a request without a body is answered too. */
  readonly bodyOptional: boolean;
  readonly answer: z.ZodType;
  /** Beside those of every endpoint. */
  readonly errors: readonly ErrorCode[];
  readonly run: (call: Call) => Promise<unknown>;
}

type Definition<Q extends z.ZodObject, B extends z.ZodObject, A extends z.ZodType> = Omit<
  Endpoint,
  'query' | 'body' | 'bodyOptional' | 'answer' | 'run' | 'status'
> & {
  readonly query: Q;
  readonly body?: B;
  readonly bodyOptional?: boolean;
  readonly status?: 200 | 201;
  readonly answer: A;
  readonly run: (call: Call, query: z.output<Q>, body: z.output<B>) => Promise<z.output<A>>;
};

/** RFC 9112, 6.3: a request without either header has no body. HTTP/2 marks the end of a stream instead. */
function hasBody(req: HttpRequest): boolean {
  const { headers } = req;
  const { stream } = req as { readonly stream?: { readonly endAfterHeaders?: boolean } };
  if (stream?.endAfterHeaders !== undefined) return !stream.endAfterHeaders;
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** An endpoint whose parts are typed by its schemas. */
export function defineEndpoint<Q extends z.ZodObject, B extends z.ZodObject, A extends z.ZodType>(
  definition: Definition<Q, B, A>,
): Endpoint {
  const { query, body, bodyOptional = false, status = 200, run, ...rest } = definition;

  async function readBody(req: HttpRequest): Promise<Record<string, unknown>> {
    return bodyOptional && !hasBody(req) ? {} : readJsonBody(req, BODY_LIMIT);
  }

  return {
    ...rest,
    query,
    body: body ?? null,
    bodyOptional,
    status,
    run: async (call) => {
      const parameters = parseRequest(query, readQuery(call.req.url ?? ''));
      const content = body === undefined ? {} : parseRequest(body, await readBody(call.req));
      try {
        return await run(call, parameters, content as z.output<B>);
      } catch (error) {
        throw onTheWire(error);
      }
    },
  };
}
