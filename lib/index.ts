/** What the package exports. */
export { apiKeyAuth, type ApiKeyAuthOptions, type Check } from './api-key-auth';
export { createApiKeys, type ApiKeys, type ExplainRequest } from './api-keys';
export {
  ApiKeyError,
  ConfigurationError,
  ERROR_STATUS,
  InvalidValueError,
  type ConfigurationErrorCode,
  type Denial,
  type DenialReason,
  type ErrorBody,
  type ErrorCode,
} from './errors';
export { apiKeyErrors } from './http/api-key-errors';
export type { AuthenticateUpgrade } from './http/authenticate-upgrade';
export type { CarrierOptions, KindCarriers } from './http/carriers';
export type { FormatError, FormattedError } from './http/error-response';
export type { GuardMode, GuardRule, ObjectId } from './http/guard';
export type { ErrorMiddleware, HttpRequest, HttpResponse, Middleware, Next } from './http/http-types';
export { auditRoutes, type AuditedRoute, type RouteAudit } from './http/route-audit';
export { requireScope, type RequireScope, type RequireScopeOptions } from './http/require-scope';
export type { ForeignHash } from './keys/hashing/hasher';
export type { KeyChanges, KeyMetadata, KeyRecord, Quota, RateLimit } from './keys/key-record';
export { KEY_KINDS, type KeyKind } from './keys/kinds';
export type { ScopeInput, ScopeObject } from './keys/scope';
export { defineScopes, type ScopeCatalogue, type ScopeName } from './keys/scope-catalogue';
export type { ApiKeysOptions, CacheOptions } from './option-types';
export type { CreatedKey, CreateKeyInput } from './service/create-key';
export type { Actor, ApiKeyEvents, EventName, Listener } from './service/events';
export type { ApproveChange } from './service/approve-change';
export type { DueKeys, DueKeysInput } from './service/due-keys';
export type { ExplainedRule, ExplainInput, Explanation } from './service/explain-key';
export type { OwnerFilter } from './service/find-key';
export type { ImportOptions, ImportOutcome, ImportReport, ImportRow } from './service/import-keys';
export type { KeyFields } from './service/key-fields';
export type { KeyInfo } from './service/key-info';
export type { PrincipalScopes } from './service/key-reader';
export type { KeyPage, ListKeysInput } from './service/list-keys';
export type { MintedToken, MintInput } from './service/mint-temporary';
export type { KnownFacts } from './service/request-facts';
export type { RotatedKey, RotateOptions } from './service/rotate-key';
export type { UpdateKeyInput } from './service/update-key';
export type { AuthInfo, Denied, Granted, Verdict } from './service/verdict';
export type { Principal, VerifiedKey } from './service/verified-key';
export type { ChangeBus, ChangeListener, KeyChange } from './stores/change-bus';
export type {
  CreateOutcome,
  KeyStore,
  LastUsed,
  ListPosition,
  ListQuery,
  RotateOutcome,
  UpdateOutcome,
} from './stores/key-store';
export { memoryBusHub, type MemoryBusHub } from './stores/bus/memory-bus';
export { memoryStore } from './stores/memory-store';
export type { PassportStrategy, StrategyActions } from './strategies/passport-contract';
export { temporaryTokens } from './temporary-tokens';
export { authenticateUpgrade, type AuthenticateUpgradeOptions } from './upgrade';
