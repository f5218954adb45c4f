/** The keys of this API: which scopes exist, and where the keys live. */
import Database from 'better-sqlite3';
import { createApiKeys, defineScopes } from 'latchkey';
import { sqlStore } from 'latchkey/sql';
import { trackUsage } from 'latchkey/usage';

const scopes = defineScopes({
  resources: {
    // A publishable key stands in web pages for everyone to read: it may only ever read what is public.
    floor: { actions: ['readPublic', 'readPrivate', 'update'], publishable: ['readPublic'] },
    systems: ['read', 'write'],
    models: ['read', 'write'],
    // Who may manage keys over HTTP.
    api_keys: ['read', 'write'],
  },
  implies: { 'api_keys:write': ['api_keys:read'] },
});

/**
 * Opens the SQLite file, brings its tables up to date, and makes the keys of the API, with what they are used for.
 * `pepper` is a secret from outside the database; without one, keys are hashed with bcrypt.
 */
export async function openApiKeys({ file, pepper }) {
  const store = sqlStore({ sqlite: new Database(file), ownsConnection: true });
  await store.migrate();
  const keys = createApiKeys({ store, scopes, ...(pepper && { pepper }) });
  const usage = trackUsage(keys, { store: store.usage(), flushInterval: 1 });
  return { keys, usage };
}
