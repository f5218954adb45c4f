/** The Redis clients that are understood: `ioredis` and `redis`, by the commands that both can send. */
import { ConfigurationError, shown } from '../../errors';

/** A client of `ioredis`. */
export interface IoredisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
}

/** A client of `redis` (node-redis), connected. */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>;
}

/** Either of them. */
export type RedisClient = IoredisClient | NodeRedisClient;

/** Sends one command with its arguments, and answers what Redis answered. */
export type SendCommand = (command: string, ...args: string[]) => Promise<unknown>;

/**
 * The one way to Redis.
 * @throws ConfigurationError when `client` is neither.
 */
export function sendCommandOf(subject: string, client: unknown): SendCommand {
  const candidate = (typeof client === 'object' && client !== null ? client : {}) as Partial<
    IoredisClient & NodeRedisClient
  >;
  if (typeof candidate.call === 'function') {
    const ioredis = client as IoredisClient;
    return (command, ...args) => ioredis.call(command, ...args);
  }
  if (typeof candidate.sendCommand === 'function') {
    const redis = client as NodeRedisClient;
    return (command, ...args) => redis.sendCommand([command, ...args]);
  }
  throw new ConfigurationError(
    'ERR_LATCHKEY_OPTION_INVALID',
    subject,
    `must be a client of ioredis, or a connected client of redis; received ${shown(client)}.`,
  );
}
