/** `latchkey/redis`: keys and the change bus in Redis. */
export { redisBus, type IoredisBusClient, type NodeRedisBusClient, type RedisBusOptions } from './redis-bus';
export type { IoredisClient, NodeRedisClient, RedisClient } from './redis-client';
export { redisStore } from './redis-store';
export type { RedisStoreOptions } from './redis-store-options';
