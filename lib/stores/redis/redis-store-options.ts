/** The options of the Redis store, checked at creation. */
import { ConfigurationError, shown } from '../../errors';
import { readNames, readNumber } from '../../option-readers';
import type { RedisClient } from './redis-client';

/** Options of `redisStore`. */
export interface RedisStoreOptions {
  /** A client of `ioredis`, or a connected client of `redis`. It stays the host's: `close()` leaves it open. */
  readonly client: RedisClient;
  /**
   * What the names of everything start with. Default `{latchkey}:`; the braces keep all of it in one slot of a
   * cluster, which the scripts need.
   */
  readonly prefix?: string;
  /**
   * How many replicas must confirm a revocation before it is answered: 0 (the default) to 10. With fewer, the
   * call rejects, and the key may or may not stay revoked through a fail-over.
   */
  readonly replicas?: number;
  /** How long to wait for the replicas, in seconds: 0.01 to 10, default 0.5. */
  readonly replicaTimeout?: number;
}

/** The complete options; times in ms. */
export interface ParsedRedisStoreOptions {
  readonly client: RedisClient;
  readonly prefix: string;
  readonly replicas: number;
  readonly replicaTimeout: number;
}

const NAMES: Readonly<Record<keyof RedisStoreOptions, true>> = {
  client: true,
  prefix: true,
  replicas: true,
  replicaTimeout: true,
};

/** Reads the options. @throws ConfigurationError for an unknown name or a bad value. */
export function readRedisStoreOptions(options: RedisStoreOptions): ParsedRedisStoreOptions {
  const subject = 'redisStore options';
  readNames(subject, options, NAMES);
  const { client, prefix = '{latchkey}:' } = options;
  if (typeof prefix !== 'string' || !/^[\x21-\x7e]{1,64}$/.test(prefix)) {
    throw new ConfigurationError(
      'ERR_LATCHKEY_OPTION_INVALID',
      `${subject}.prefix`,
      `must have 1 to 64 visible ASCII characters, such as "{myapp}:"; received ${shown(prefix)}.`,
    );
  }
  return {
    client,
    prefix,
    replicas: readNumber(`${subject}.replicas`, options.replicas, 0, {
      from: 0,
      to: 10,
      unit: 'replicas',
      whole: true,
    }),
    replicaTimeout: Math.round(
      readNumber(`${subject}.replicaTimeout`, options.replicaTimeout, 0.5, {
        from: 0.01,
        to: 10,
        unit: 'seconds',
        whole: false,
      }) * 1000,
    ),
  };
}
