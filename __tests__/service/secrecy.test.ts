/** Nothing that a host can print holds a token, a hash, a look-up or a pepper. */
import { inspect } from 'node:util';
import { createApiKeys, memoryStore } from '../../lib';
import type { EventName } from '../../lib/service/events';
import { ApiKeyError } from '../../lib/errors';
import { controlledStore } from '../support/controlled-store';
import { PEPPER } from '../support/test-service';

const OPAQUE = 'an-opaque-token-of-an-earlier-system';
const EVENTS: readonly EventName[] = [
  'created',
  'updated',
  'rotated',
  'revoked',
  'failure',
  'store_down',
  'store_call',
  'hash_compared',
];

function printed(value: unknown): string {
  const deep = {
    depth: Infinity,
    showHidden: true,
    getters: true,
    maxArrayLength: null,
    maxStringLength: null,
  };
  return `${inspect(value, deep)}\n${inspect(value)}\n${JSON.stringify(value)}\n${String(value)}`;
}

it.each([
  ['with a pepper', PEPPER],
  ['without', undefined],
])('%s', async (_name, pepper) => {
  const controlled = controlledStore(memoryStore());
  const keys = createApiKeys({
    store: { ...controlled.store },
    imported: true,
    bcryptCost: 4,
    ...(pepper === undefined ? {} : { pepper }),
  });
  const events: unknown[] = [];
  for (const event of EVENTS) keys.on(event, (payload) => void events.push(payload));

  const secret = await keys.create({ kind: 'secret', name: 'One', userId: 'u1' });
  const publishable = keys
    .create({ kind: 'publishable', name: 'No scopes' })
    .catch((error: unknown) => error);
  const report = await keys.import([
    { kind: 'scoped', name: 'Old', scopes: ['models:read'], token: OPAQUE },
    { kind: 'scoped', name: 'Bad', scopes: ['models:read'], token: `${OPAQUE} ` },
  ]);
  const granted = await keys.verify(secret.token);
  if (!granted.granted) throw new Error('denied');
  const imported = await keys.verify(OPAQUE);
  const minted = await keys.mintTemporary(granted.key, { scopes: ['models:read'] });
  const underParent = await keys.verify(minted.token);
  const wrong = await keys.verify(`${secret.token.slice(0, -1)}_`);
  const updated = await keys.update(secret.key.id, { name: 'Two' });
  const rotated = await keys.rotate(secret.key.id);
  const notFound = await keys.get('nobody').catch((error: unknown) => error);
  const revoked = await keys.revoke(secret.key.id);
  const denied = await keys.verify(secret.token);
  const list = await keys.list();
  controlled.failWith(new Error('connection refused'));
  const failed = await keys.list().catch((error: unknown) => error);
  await keys.close();

  const stored = (await controlled.inner.list({ now: 0, limit: 100 })).flatMap(({ hash, lookup }) => [
    hash,
    ...(lookup === null ? [] : [lookup]),
  ]);
  const tokens = [secret.token, rotated.token, minted.token];
  const secrets = [OPAQUE, PEPPER, ...stored, ...tokens, ...tokens.map((token) => token.slice(19, 51))];
  expect(stored.length).toBeGreaterThanOrEqual(4);
  // What is searched for would be found.
  expect(printed(secret)).toContain(secret.token);

  const visible = {
    keys,
    strategies: keys.strategies,
    granted,
    key: granted.key,
    imported,
    underParent,
    wrong,
    denied,
    updated,
    revoked,
    previous: rotated.previous,
    successor: rotated.key,
    mintedKey: minted.key,
    list,
    report,
    events,
    errors: [await publishable, notFound, failed],
  };
  for (const [name, value] of Object.entries(visible)) {
    const text = printed(value);
    expect({ name, found: secrets.filter((each) => text.includes(each)).length }).toEqual({ name, found: 0 });
  }
  expect([notFound, failed].every((error) => error instanceof ApiKeyError)).toBe(true);
  expect(events.length).toBeGreaterThan(8);
});
