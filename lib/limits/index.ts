/** What `latchkey/limits` exports. */
export { keyRateLimit } from './key-rate-limit';
export type { Cost, KeyRateLimitOptions, OnStoreError } from './key-rate-limit-options';
export type { CounterState, LimitStore } from './limit-store';
export {
  limitTableStatement,
  postgresLimitStore,
  type PostgresLimitStoreOptions,
  type PostgresPool,
} from './postgres-limit-store';
export {
  redisLimitStore,
  type IoRedisClient,
  type NodeRedisClient,
  type RedisLimitStoreOptions,
} from './redis-limit-store';
