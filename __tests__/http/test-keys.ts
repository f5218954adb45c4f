/** The keys of one small API, with a clock that the test turns and a store that it can break. */
import { createApiKeys, defineScopes, memoryStore, type ApiKeysOptions, type KeyStore } from '../../lib';
import { checksum } from '../../lib/keys/checksum';

export const APP = 'https://app.example.com';

export const CATALOGUE = defineScopes({
  resources: {
    models: { actions: ['read', 'write'], publishable: ['read'] },
    floor: ['readPrivate', 'update'],
  },
});

/** A memory store whose reads fail, hang or wait a turn of the event loop when told so. */
export function switchableStore(): KeyStore & { mode: 'up' | 'slow' | 'down'; reads: number } {
  const inner = memoryStore();
  const store = {
    ...Object.fromEntries(
      (['create', 'findByLookup', 'update', 'revoke', 'rotate', 'list'] as const).map((name) => [
        name,
        inner[name].bind(inner),
      ]),
    ),
    mode: 'up' as 'up' | 'slow' | 'down',
    reads: 0,
    async findById(id: string) {
      store.reads += 1;
      if (store.mode === 'down') throw new Error('connection refused');
      if (store.mode === 'slow') await new Promise((resolve) => setImmediate(resolve));
      return inner.findById(id);
    },
  };
  return store as unknown as KeyStore & typeof store;
}

/** A token with the id of one and the secret of another, and a checksum that fits. */
export function graft(idOf: string, secretOf: string): string {
  const body = idOf.slice(0, 3 + 16) + secretOf.slice(3 + 16, 3 + 48);
  return body + checksum(body);
}

export const NOON = Date.parse('2024-01-01T12:00:00Z');

export type TestKeys = Awaited<ReturnType<typeof createTestKeys>>;

/** One key of each sort that requests can meet. */
export async function createTestKeys(
  options: Partial<Omit<ApiKeysOptions<never>, 'scopes' | 'store' | 'clock'>> & { bcrypt?: boolean } = {},
) {
  const { bcrypt = false, ...rest } = options;
  const clock = { now: NOON };
  const store = switchableStore();
  const lines: string[] = [];
  const keys = createApiKeys({
    store,
    scopes: CATALOGUE,
    clock: () => clock.now,
    log: (line) => lines.push(line),
    ...(bcrypt ? { bcryptCost: 4 } : { pepper: 'a pepper of more than thirty-two characters' }),
    ...rest,
  });
  const secret = await keys.create({ kind: 'secret', name: 'Secret', ownerId: 'acme', userId: 'u-1' });
  const scoped = await keys.create({ kind: 'scoped', name: 'Scoped', scopes: ['models:read'] });
  const publishable = await keys.create({
    kind: 'publishable',
    name: 'Publishable',
    scopes: ['models:read'],
    origins: [APP],
  });
  const parent = await keys.verify(secret.token);
  if (!parent.granted) throw new Error('the parent must be good');
  const temporary = await keys.mintTemporary(parent.key, { scopes: ['models:read'] });

  const expiring = await keys.create({ kind: 'secret', name: 'Expiring', expiresAt: NOON + 3_600_000 });
  const revoked = await keys.create({ kind: 'secret', name: 'Revoked' });
  await keys.revoke(revoked.key.id);
  const disabled = await keys.create({ kind: 'secret', name: 'Disabled' });
  await keys.update(disabled.key.id, { disabled: true });
  const office = await keys.create({ kind: 'secret', name: 'Office', addresses: ['192.0.2.0/24'] });
  const elsewhere = await keys.create({ kind: 'secret', name: 'Elsewhere', hosts: ['other.example.com'] });
  const uncached = await keys.create({ kind: 'secret', name: 'Uncached' });
  const stranger = await createApiKeys({ store: memoryStore(), pepper: 'x'.repeat(32) }).create({
    kind: 'secret',
    name: 'Of another API',
  });

  return {
    keys,
    clock,
    store,
    lines,
    ids: {
      secret: secret.key.id,
      scoped: scoped.key.id,
      publishable: publishable.key.id,
      temporary: temporary.key.id,
    },
    tokens: {
      secret: secret.token,
      scoped: scoped.token,
      publishable: publishable.token,
      temporary: temporary.token,
      expiring: expiring.token,
      revoked: revoked.token,
      disabled: disabled.token,
      office: office.token,
      elsewhere: elsewhere.token,
      uncached: uncached.token,
      unknown: stranger.token,
    },
  };
}
