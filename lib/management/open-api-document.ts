/** The OpenAPI 3.1 document of the management endpoints, made of the schemas that validate. */
import { z } from 'zod';
import { internalsOf, type ApiKeys } from '../api-keys';
import { ERROR_STATUS, type ErrorCode } from '../errors';
import type { Runtime } from '../http/runtime';
import * as answers from './answer-schemas';
import type { Access } from './caller';
import type { Endpoint } from './endpoint';
import { endpointsOf } from './endpoints';
import { readManagementOptions, type ManagementOptions, type ManagementSettings } from './management-options';
import * as requests from './request-schemas';
import { securitySchemesOf, type SecurityScheme } from './security-schemes';

/** A JSON Schema (draft 2020-12), as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** An OpenAPI 3.1 document, as plain data. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, SecurityScheme>>;
  };
}

/** Schemas with a name of their own in the document. */
const NAMED = {
  Key: answers.keyResource,
  CreatedKey: answers.createdKey,
  RotatedKey: answers.rotatedKey,
  KeyList: answers.keyList,
  WhoAmI: answers.whoAmI,
  Usage: answers.usageReport,
  Explanation: answers.explanation,
  Error: answers.errorAnswer,
  CreateKey: requests.createKeyBody,
  ChangeKey: requests.changeKeyBody,
  RotateKey: requests.rotateKeyBody,
  ExplainRequest: requests.explainRequest,
} as const;

const EVERYWHERE: readonly ErrorCode[] = [
  'INVALID_REQUEST',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'UNAVAILABLE',
];

const REFUSALS: Readonly<Record<ErrorCode, string>> = {
  INVALID_REQUEST: 'A bad body or parameter; the message names the field.',
  UNAUTHORIZED: 'No valid key, and nobody whom the host knows.',
  FORBIDDEN: 'The caller may not do this, or may not hand this on.',
  NOT_FOUND: "There is no such key, or it is another owner's.",
  CONFLICT: 'The change would break a rule, such as the cap on keys.',
  PAYLOAD_TOO_LARGE: 'The body is too large.',
  RATE_LIMITED: 'Too many requests.',
  MISCONFIGURED: 'The server is not configured to answer.',
  UNAVAILABLE: 'The store cannot be asked at the moment.',
};

function reference(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

function schemas(): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) registry.add(schema, { id });
  const converted = z.toJSONSchema(registry, {
    uri: (id) => `#/components/schemas/${id}`,
    target: 'draft-2020-12',
    unrepresentable: 'any',
    io: 'input',
  }).schemas as Record<string, Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(converted).map(([name, { $schema, $id, ...schema }]) => [name, schema]),
  );
}

function nameOf(schema: z.ZodType): string {
  return (Object.entries(NAMED).find(([, named]) => named === schema) as [string, unknown])[0];
}

function json(schema: JsonSchema) {
  return { 'application/json': { schema } };
}

function parametersOf({ path, query }: Endpoint): readonly JsonSchema[] {
  const { properties = {} } = z.toJSONSchema(query, { target: 'draft-2020-12', io: 'input' });
  const inQuery = Object.entries(properties).map(([name, property]) => {
    const { description, examples, ...schema } = property as Record<string, unknown>;
    const text = description === undefined ? {} : { description };
    return { name, in: 'query', required: false, ...text, schema };
  });
  const id = { name: 'key_id', in: 'path', required: true, schema: { type: 'string' } };
  return path.includes('{key_id}') ? [id, ...inQuery] : inQuery;
}

function refusals({ errors, body }: Endpoint): Record<string, unknown> {
  const codes = [...EVERYWHERE, ...errors, ...(body === null ? [] : (['PAYLOAD_TOO_LARGE'] as const))];
  return Object.fromEntries(
    codes.map((code) => [
      String(ERROR_STATUS[code]),
      { description: REFUSALS[code], content: json(reference('Error')) },
    ]),
  );
}

function operationOf(endpoint: Endpoint, security: (access: Access) => readonly JsonSchema[]): JsonSchema {
  const { operationId, summary, description, body, bodyOptional, answer, status, access } = endpoint;
  const parameters = parametersOf(endpoint);
  return {
    operationId,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: ['API keys'],
    security: security(access),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === null
      ? {}
      : { requestBody: { required: !bodyOptional, content: json(reference(nameOf(body))) } }),
    responses: {
      [String(status)]: { description: 'Done.', content: json(reference(nameOf(answer))) },
      ...refusals(endpoint),
    },
  };
}

/** Builds the document of a router. */
export function buildDocument(runtime: Runtime, settings: ManagementSettings): OpenApiDocument {
  const schemes = securitySchemesOf(runtime, ['secret', 'scoped']);
  const security = (access: Access): readonly JsonSchema[] => {
    const scopes =
      settings.scopes === null || (access !== 'read' && access !== 'write')
        ? []
        : [settings.scopes[access].text];
    return Object.keys(schemes).map((name) => ({ [name]: scopes }));
  };
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of endpointsOf(settings)) {
    const path = (paths[endpoint.path] ??= {});
    path[endpoint.method.toLowerCase()] = operationOf(endpoint, security);
  }
  const { title, version, server } = settings.info;
  return {
    openapi: '3.1.0',
    info: { title, version },
    servers: [{ url: server }],
    paths,
    components: { schemas: schemas(), securitySchemes: schemes },
  };
}

/**
 * The OpenAPI 3.1 document of the management endpoints, as `GET /openapi.json` answers it. `options` as for
 * `managementRouter`: with a source of usage the document has the usage endpoint too.
 * @throws ConfigurationError as `managementRouter` does.
 */
export function openApiDocument(
  keys: ApiKeys<never> | ApiKeys,
  options: ManagementOptions = {},
): OpenApiDocument {
  const { runtime } = internalsOf(keys);
  return buildDocument(runtime, readManagementOptions(options, runtime.service.catalogue));
}
