/** An API whose keys are managed over HTTP, on a store that shows what it holds. */
import express, { type Express } from 'express';
import request from 'supertest';
import { apiKeyAuth, createApiKeys, defineScopes, memoryStore, type ApiKeysOptions } from '../../lib';
import { managementRouter, openApiDocument, type ManagementOptions } from '../../lib/management';
import { expectDocumented } from './answers';
import type { KeyRecord } from '../../lib/keys/key-record';
import type { KeyStore } from '../../lib/stores/key-store';

/** The moment at which every test starts. */
export const NOW = Date.parse('2024-01-15T10:00:00Z');

export const scopes = defineScopes({
  resources: {
    models: { actions: ['read', 'write'], publishable: ['read'], description: 'Trained models' },
    chat: ['send'],
    api_keys: ['read', 'write'],
  },
  implies: { 'api_keys:write': ['api_keys:read'] },
  levels: {
    'read-only': ['models:read'],
    standard: ['models:read', 'models:write', 'chat:send'],
    admin: ['*'],
  },
});

/** What the store holds, every field of it, in a fixed order. */
export async function dump(store: KeyStore): Promise<KeyRecord[]> {
  return store.list({ limit: 1000, now: NOW });
}

export interface Api {
  readonly app: Express;
  readonly keys: ReturnType<typeof createKeys>;
  readonly store: KeyStore;
  /** Sets the clock to this many seconds after the start. */
  readonly at: (seconds: number) => void;
  /** A key with these scopes; answers its token and id. */
  readonly issue: (input?: Issue) => Promise<{ readonly token: string; readonly id: string }>;
  /** One call of the endpoints, with a token. Its answer must be as documented. */
  readonly call: (
    token: string | null,
    method: 'get' | 'post' | 'patch' | 'delete',
    path: string,
    body?: unknown,
  ) => request.Test;
}

type Issue = Partial<Parameters<ReturnType<typeof createKeys>['create']>[0]>;

function createKeys(store: KeyStore, clock: () => number, options: Partial<ApiKeysOptions>) {
  return createApiKeys({
    scopes,
    prefixes: { secret: 'sk-' },
    pepper: 'a pepper of more than thirty-two characters',
    ...options,
    store,
    clock,
  });
}

export function createApi(
  options: ManagementOptions = {},
  keyOptions: Partial<ApiKeysOptions> = {},
  store: KeyStore = memoryStore(),
): Api {
  let offset = 0;
  const keys = createKeys(store, () => NOW + offset, keyOptions);
  const app = express();
  app.use('/api/v1', managementRouter(keys, options));
  const document = openApiDocument(keys, options);
  app.get('/models', apiKeyAuth(keys), keys.requireScope('models:read'), (req, res) => {
    res.json({ key: req.apiKey?.id });
  });
  return {
    app,
    keys,
    store,
    at: (seconds) => {
      offset = seconds * 1000;
    },
    issue: async (input = {}) => {
      const { token, key } = await keys.create({ kind: 'secret', name: 'Test', ownerId: 'acme', ...input });
      return { token, id: key.id };
    },
    call: (token, method, path, body) => {
      const call = request(app)[method](`/api/v1${path}`);
      if (token !== null) void call.set('Authorization', `Bearer ${token}`);
      if (body !== undefined) void call.send(body as object);
      return call.expect((res) => {
        expectDocumented(document, method, path, res);
      });
    },
  };
}

/** The scopes with which a key manages keys, and some of those that it hands on. */
export const MANAGER = ['api_keys:read', 'api_keys:write', 'models:read'] as const;
