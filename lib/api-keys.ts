/** createApiKeys(): puts everything together. */
import { ConfigurationError, shown } from './errors';
import { carrierKinds } from './http/carrier-kinds';
import { createExtractCredential } from './http/extract-credential';
import { createHttpFacts } from './http/http-facts';
import { createRequireScope, type RequireScope } from './http/require-scope';
import { registerRuntime, type Runtime } from './http/runtime';
import type { KeyKind } from './keys/kinds';
import type { ScopeObject } from './keys/scope';
import type { ScopeCatalogue } from './keys/scope-catalogue';
import type { ApiKeysOptions } from './option-types';
import { readOptions } from './options';
import type { CreatedKey, CreateKeyInput } from './service/create-key';
import type { Actor, EventName, Listener } from './service/events';
import type { ExplainInput, Explanation } from './service/explain-key';
import type { OwnerFilter } from './service/find-key';
import { createKeyService, type KeyService } from './service/key-service';
import { ALL_KINDS } from './service/kind-mask';
import { KNOWN_FACTS, type KnownFacts } from './service/request-facts';
import type { Verdict } from './service/verdict';
import { createStrategies } from './strategies/create-strategies';
import type { KeyStrategy } from './strategies/key-strategy';
import type { PassportStrategy } from './strategies/passport-contract';

/** Input with scopes of a catalogue. */
type WithScopes<Input, Name extends string> = Omit<Input, 'scopes'> & {
  readonly scopes?: readonly (Name | ScopeObject)[];
};

/** A request to explain, with the way that its token travels. */
export interface ExplainRequest extends ExplainInput {
  /** Such as `authorization:Bearer`, `header:X-API-Key`, `query:pubtoken` or `cookie:api-key`. Default: any. */
  readonly carrier?: string;
}

/**
 * The keys of one API: issue, verify, rotate, revoke. Made by {@link createApiKeys}; `Name` is the union of
 * the catalogue's scopes.
 */
export interface ApiKeys<Name extends string = string> extends Pick<
  KeyService,
  | 'mintTemporary'
  | 'update'
  | 'revoke'
  | 'rotate'
  | 'list'
  | 'due'
  | 'get'
  | 'import'
  | 'purgeExpired'
  | 'close'
> {
  /** Creates a key; see {@link CreateKeyInput}. The token is in the answer, and nowhere else ever after. */
  create(input: WithScopes<CreateKeyInput, Name>, by?: Actor): Promise<CreatedKey>;
  /**
   * The verdict on a token, outside HTTP. Synchronous when the key is cached. Facts that are not given satisfy
   * no condition. Never throws, never rejects.
   */
  verify(token: string, facts?: KnownFacts): Verdict | Promise<Verdict>;
  /**
   * Every rule with its outcome for a request with the key `id`, read from the store: see {@link Explanation}.
   * A bad key is explained, not thrown; with `filter.ownerId` an unknown key and another owner's are `NOT_FOUND`.
   * @throws ApiKeyError `INVALID_REQUEST` for a malformed scope or carrier, `NOT_FOUND`, `UNAVAILABLE`.
   */
  explain(id: string, request?: ExplainRequest, filter?: OwnerFilter): Promise<Explanation>;
  /** Guards over this catalogue's scopes. Needs no `this`. */
  readonly requireScope: RequireScope<Name>;
  /** One Passport strategy a kind, to register by its name. */
  readonly strategies: readonly PassportStrategy[];
  /** The catalogue. Without the names, so that the keys of any catalogue fit where keys are taken. */
  readonly scopes: ScopeCatalogue;
  on<E extends EventName>(event: E, listener: Listener<E>): void;
  off<E extends EventName>(event: E, listener: Listener<E>): void;
  /** What is held in memory and how the store does. */
  status(): { readonly store: 'closed' | 'open' | 'half-open'; readonly cachedKeys: number };
}

interface Internals {
  readonly runtime: Runtime;
  readonly strategies: Readonly<Record<KeyKind, KeyStrategy>>;
}

const internals = new WeakMap<object, Internals>();

/** What `createApiKeys` made, for the other parts of the library. @throws ConfigurationError for anything else. */
export function internalsOf(keys: unknown): Internals {
  const found = typeof keys === 'object' && keys !== null ? internals.get(keys) : undefined;
  if (found === undefined) {
    throw new ConfigurationError(
      'ERR_LATCHKEY_OPTION_INVALID',
      'keys',
      `must come from createApiKeys(); received ${shown(keys)}.`,
    );
  }
  return found;
}

/**
 * Makes the keys of an API.
 *
 * ```ts
 * const keys = createApiKeys({ store: memoryStore() });
 * app.use(apiKeyAuth(keys));
 * app.get('/models', keys.requireScope('models:read'), handler);
 * ```
 * @throws ConfigurationError for an unknown option, a missing store, or a value out of its range.
 */
export function createApiKeys<const Name extends string = string>(
  options: ApiKeysOptions<Name>,
): ApiKeys<Name> {
  const configuration = readOptions(options);
  const { carriers, formatError, log } = configuration;
  const service = createKeyService(configuration.service);
  const runtime: Runtime = Object.freeze({
    service,
    carriers,
    extract: createExtractCredential(carriers, configuration.onMultiple),
    facts: createHttpFacts(configuration.refererFallback),
    formatError,
    log,
  });
  registerRuntime(runtime);
  const strategies = createStrategies(runtime);

  const keys: ApiKeys<Name> = Object.freeze({
    create: (input: WithScopes<CreateKeyInput, Name>, by?: Actor) => {
      return service.create(input, by);
    },
    mintTemporary: service.mintTemporary,
    update: service.update,
    revoke: service.revoke,
    rotate: service.rotate,
    list: service.list,
    due: service.due,
    explain: async (id: string, { carrier, ...input }: ExplainRequest = {}, filter?: OwnerFilter) => {
      const kinds = carrier === undefined ? ALL_KINDS : carrierKinds(carriers, carrier);
      return service.explain(id, { ...input, kinds }, filter);
    },
    get: service.get,
    import: service.import,
    purgeExpired: service.purgeExpired,
    close: service.close,
    verify: (token: string, facts: KnownFacts = {}) => service.verify(token, ALL_KINDS, KNOWN_FACTS, facts),
    requireScope: createRequireScope<Name>(runtime),
    strategies: Object.freeze(Object.values(strategies)),
    scopes: service.catalogue,
    on: service.events.on.bind(service.events),
    off: service.events.off.bind(service.events),
    status: () => ({ store: service.breakerState(), cachedKeys: service.cacheSize().keys }),
  });
  internals.set(keys, { runtime, strategies });
  return keys;
}
