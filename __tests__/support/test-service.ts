/** A service over a controlled store and a clock that stands still. */
import { createHasher } from '../../lib/keys/hashing/create-hasher';
import type { Hasher } from '../../lib/keys/hashing/hasher';
import { defineScopes, OPEN_CATALOGUE } from '../../lib/keys/scope-catalogue';
import { createTokenFormat } from '../../lib/keys/token-format';
import type { CreatedKey, CreateKeyInput } from '../../lib/service/create-key';
import type { ApiKeyEvents, EventName } from '../../lib/service/events';
import { createKeyService, type KeyService, type KeyServiceOptions } from '../../lib/service/key-service';
import { ALL_KINDS, type KindMask } from '../../lib/service/kind-mask';
import { KNOWN_FACTS, type KnownFacts } from '../../lib/service/request-facts';
import type { Verdict } from '../../lib/service/verdict';
import type { VerifiedKey } from '../../lib/service/verified-key';
import { controlledStore, type ControlledStore } from './controlled-store';
import { fakeClock, type FakeClock } from './fake-clock';

export const PEPPER = 'a pepper of at least thirty-two characters';
export const OTHER_PEPPER = 'another pepper, which is long enough as well';

export const CATALOGUE = defineScopes({
  resources: {
    models: { actions: ['read', 'write'], publishable: ['read'] },
    chat: ['send'],
  },
  levels: { 'read-only': ['models:read'], admin: ['*'] },
});

/** A hasher that counts what it does. */
export function countingHasher(
  hasher: Hasher,
): Hasher & { readonly counts: { hash: number; verify: number } } {
  const counts = { hash: 0, verify: 0 };
  return {
    ...hasher,
    counts,
    hash: (kind, token) => {
      counts.hash += 1;
      return hasher.hash(kind, token);
    },
    verify: (stored, token) => {
      counts.verify += 1;
      return hasher.verify(stored, token);
    },
  };
}

export type ServiceOverrides = Partial<Omit<KeyServiceOptions, 'cache' | 'store' | 'clock'>> & {
  readonly cache?: Partial<KeyServiceOptions['cache']>;
};

export interface TestService extends ControlledStore {
  readonly service: KeyService;
  readonly clock: FakeClock;
  readonly hasher: ReturnType<typeof countingHasher>;
  /** A new key; a secret one unless told otherwise. */
  create(input?: Partial<CreateKeyInput>): Promise<CreatedKey>;
  verify(token: string, facts?: KnownFacts, kinds?: KindMask): Verdict | Promise<Verdict>;
  /** `granted`, or the true reason of the denial. */
  outcome(token: string, facts?: KnownFacts, kinds?: KindMask): Promise<string>;
  /** The verified key. Fails when it is denied. */
  verified(token: string, facts?: KnownFacts): Promise<VerifiedKey>;
  /** Everything that is emitted from now on, by name. */
  record<E extends EventName>(event: E): ApiKeyEvents[E][];
}

export function testService(
  overrides: ServiceOverrides = {},
  shared: { readonly controlled?: ControlledStore; readonly clock?: FakeClock } = {},
): TestService {
  const controlled = shared.controlled ?? controlledStore();
  const clock = shared.clock ?? fakeClock();
  const hasher = countingHasher(overrides.hasher ?? createHasher({ pepper: PEPPER }));
  const service = createKeyService({
    store: controlled.store,
    catalogue: OPEN_CATALOGUE,
    tokens: createTokenFormat(),
    clock,
    bus: null,
    caps: { secret: 100, publishable: 100, scoped: 100, temporary: Infinity },
    imported: false,
    principalScopes: null,
    storeTimeout: 1_000,
    maxInFlight: 500,
    staleIfError: 0,
    ...overrides,
    hasher,
    cache: { ttl: 5_000, maxKeys: 1_000, unknownTtl: 2_000, ...overrides.cache },
  });
  const verify: TestService['verify'] = (token, facts = {}, kinds = ALL_KINDS) => {
    return service.verify(token, kinds, KNOWN_FACTS, facts);
  };
  return Object.assign(Object.create(controlled) as ControlledStore, {
    service,
    clock,
    hasher,
    verify,
    create: (input: Partial<CreateKeyInput> = {}) =>
      service.create({ kind: 'secret', name: 'A key', ...input }),
    outcome: async (token: string, facts?: KnownFacts, kinds?: KindMask) => {
      const verdict = await verify(token, facts, kinds);
      return verdict.granted ? 'granted' : verdict.denial.reason;
    },
    verified: async (token: string, facts?: KnownFacts) => {
      const verdict = await verify(token, facts);
      if (!verdict.granted) throw new Error(`denied: ${verdict.denial.reason}`);
      return verdict.key;
    },
    record: <E extends EventName>(event: E) => {
      const seen: ApiKeyEvents[E][] = [];
      service.events.on(event, (payload) => {
        seen.push(payload);
      });
      return seen;
    },
  });
}
