/** redisLimitStore(): limits counted in Redis or Valkey. */
import { invalidOption, readNames } from '../option-readers';
import { shown } from '../errors';
import type { LimitStore } from './limit-store';
import { UNBOUNDED, loadRateLimiterFlexible } from './load-rate-limiter-flexible';

/** A client of `ioredis`: it defines commands from Lua. */
export interface IoRedisClient {
  defineCommand(name: string, definition: { numberOfKeys?: number; lua: string }): void;
}

/** A client of `redis` (node-redis 4 and later), connected by the host. */
export interface NodeRedisClient {
  eval(script: string, options?: { keys?: string[]; arguments?: string[] }): Promise<unknown>;
}

/** Options of {@link redisLimitStore}. */
export interface RedisLimitStoreOptions {
  /** What the names of counters begin with, before a colon. Default `latchkey:limits`. */
  readonly prefix?: string;
}

/**
 * Counts in Redis or Valkey, exactly, for any number of processes. One script and one round trip for each
 * limit of a request; windows end by the server's clock. Costs are atomic; what Redis forgets when it restarts
 * without persistence starts anew. The client stays the host's: it is neither connected nor closed here.
 * @param client A client of `ioredis`, or of `redis` 4 and later.
 * @throws ConfigurationError for an unknown option, or what is no such client.
 */
export function redisLimitStore(
  client: IoRedisClient | NodeRedisClient,
  options: RedisLimitStoreOptions = {},
): LimitStore {
  const { prefix = 'latchkey:limits' } = readNames('redisLimitStore options', options, { prefix: true });
  if (typeof prefix !== 'string' || prefix === '' || prefix.length > 100) {
    throw invalidOption(
      'redisLimitStore options.prefix',
      `must be a string of 1 to 100 characters; received ${shown(prefix)}.`,
    );
  }
  const known = client as Partial<IoRedisClient & NodeRedisClient> | null | undefined;
  const isIoRedis = typeof known?.defineCommand === 'function';
  if (!isIoRedis && typeof known?.eval !== 'function') {
    throw invalidOption(
      'redisLimitStore client',
      `must be a client of ioredis, or of redis 4 and later; received ${shown(client)}.`,
    );
  }
  const { RateLimiterRedis } = loadRateLimiterFlexible();
  const limiter = new RateLimiterRedis({
    storeClient: client,
    useRedisPackage: !isIoRedis,
    keyPrefix: prefix,
    points: UNBOUNDED,
    duration: 1,
  });
  return Object.freeze<LimitStore>({
    async add(counter, cost, windowSeconds) {
      const state = await limiter.consume(counter, cost, { customDuration: windowSeconds });
      return { count: state.consumedPoints, endsIn: state.msBeforeNext };
    },
  });
}
