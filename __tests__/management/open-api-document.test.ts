/** The OpenAPI document: valid, complete, and of the same schemas that validate. */
import SwaggerParser from '@apidevtools/swagger-parser';
import request from 'supertest';
import { createApiKeys, memoryStore } from '../../lib';
import { openApiDocument, securitySchemes, type OpenApiDocument } from '../../lib/management';
import { createApi } from './support';

const usage = { daily: async () => [] };

async function validate(document: OpenApiDocument): Promise<void> {
  await SwaggerParser.validate(structuredClone(document) as never);
}

describe('the OpenAPI document', () => {
  const { keys, app } = createApi({ usage });
  const document = openApiDocument(keys, { usage });

  it('is valid OpenAPI 3.1', async () => {
    await validate(document);
    const broken = { ...document, info: { title: 'Without a version' } } as unknown as OpenApiDocument;
    await expect(validate(broken)).rejects.toThrow('version');
  });

  it('is what the router answers, to everyone', async () => {
    const { body } = await request(app).get('/api/v1/openapi.json').expect(200);
    expect(body).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it('has every endpoint, usage only where there is a source of it', () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) => {
      return Object.keys(methods).map((method) => `${method} ${path}`);
    });
    expect(operations.sort()).toEqual([
      'delete /keys/{key_id}',
      'delete /whoami',
      'get /keys',
      'get /keys/{key_id}',
      'get /keys/{key_id}/explain',
      'get /keys/{key_id}/usage',
      'get /whoami',
      'patch /keys/{key_id}',
      'post /keys',
      'post /keys/{key_id}/explain',
      'post /keys/{key_id}/rotate',
    ]);
    expect(openApiDocument(keys).paths).not.toHaveProperty(['/keys/{key_id}/usage']);
  });

  it('says which scopes an operation needs', () => {
    expect(document.paths['/keys']?.post).toMatchObject({
      security: [
        { authorization_bearer: ['api_keys:write'] },
        { authorization_apikey: ['api_keys:write'] },
        { 'header_x-api-key': ['api_keys:write'] },
      ],
    });
    expect(document.paths['/whoami']?.get).toMatchObject({
      security: [{ authorization_bearer: [] }, {}, {}],
    });
  });

  it('has no security scopes where keys manage no keys', () => {
    const { paths } = openApiDocument(keys, { scopes: null, actor: () => null });
    expect(paths['/keys']?.post).toMatchObject({ security: [{ authorization_bearer: [] }, {}, {}] });
  });

  it('takes its name, version and server from the host', async () => {
    const info = { title: 'Models', version: '2.1.0', server: 'https://api.example.com/v1' };
    const named = openApiDocument(keys, { info });
    expect(named).toMatchObject({
      info: { title: 'Models', version: '2.1.0' },
      servers: [{ url: 'https://api.example.com/v1' }],
    });
    await validate(named);
  });
});

describe('securitySchemes', () => {
  it('describes every carrier, with the scopes of the catalogue', () => {
    const { keys } = createApi({}, { carriers: { scoped: { query: ['api-key'], cookies: ['api-key'] } } });
    const schemes = securitySchemes(keys);
    expect(schemes).toMatchObject({
      authorization_bearer: { type: 'http', scheme: 'bearer' },
      authorization_apikey: { type: 'apiKey', in: 'header', name: 'Authorization' },
      'header_x-api-key': { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
      query_pubtoken: { type: 'apiKey', in: 'query', name: 'pubtoken' },
      'query_api-key': { type: 'apiKey', in: 'query', name: 'api-key' },
      'cookie_api-key': { type: 'apiKey', in: 'cookie', name: 'api-key' },
    });
    expect(schemes.authorization_bearer?.['x-scopes']).toEqual({
      'models:read': 'read: Trained models',
      'models:write': 'write: Trained models',
      'chat:send': 'send chat',
      'api_keys:read': 'read api_keys',
      'api_keys:write': 'write api_keys',
    });
  });

  it('can be narrowed to some kinds, and lists no scopes without a catalogue', () => {
    const keys = createApiKeys({ store: memoryStore() });
    expect(securitySchemes(keys, ['publishable'])).toEqual({
      query_pubtoken: {
        type: 'apiKey',
        in: 'query',
        name: 'pubtoken',
        description: 'Kinds of key: publishable.',
      },
    });
  });
});
