/** Opens a store in Redis, with whichever client the project has. */
import type { KeyStore } from '../stores/key-store';
import { redisStore, type IoredisClient, type NodeRedisClient } from '../stores/redis';
import { CliError } from './cli-error';
import { reasonOf } from './describe-error';
import { loadDriver } from './load-driver';

interface Connected {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
}
interface IoredisModule {
  readonly Redis: new (
    url: string,
    options: { lazyConnect: true; connectTimeout: number; retryStrategy: () => null },
  ) => IoredisClient & Connected & { disconnect(): void };
}
interface NodeRedisModule {
  createClient(options: {
    url: string;
    socket: { connectTimeout: number; reconnectStrategy: false };
  }): NodeRedisClient & Connected & { destroy(): void };
}

/**
 * A store in Redis. `connectTimeout` in ms.
 *
 * @throws CliError when neither client is installed, or the server cannot be reached
 */
export async function openRedis(
  url: string,
  cwd: string,
  connectTimeout: number,
): Promise<{ readonly store: KeyStore; readonly close: () => Promise<void> }> {
  const { name, module } = loadDriver(['ioredis', 'redis'], cwd);
  if (name === 'ioredis') {
    const { Redis } = module as IoredisModule;
    const client = new Redis(url, { lazyConnect: true, connectTimeout, retryStrategy: () => null });
    await connect(client);
    const close = (): Promise<void> => {
      client.disconnect();
      return Promise.resolve();
    };
    return { store: redisStore({ client }), close };
  }
  const client = (module as NodeRedisModule).createClient({
    url,
    socket: { connectTimeout, reconnectStrategy: false },
  });
  await connect(client);
  let closed = false;
  const close = (): Promise<void> => {
    if (!closed) client.destroy();
    closed = true;
    return Promise.resolve();
  };
  return { store: redisStore({ client }), close };
}

async function connect(client: Connected): Promise<void> {
  let reason: unknown;
  // Without a listener the error would end the process; ioredis tells the reason here alone.
  client.on('error', (error) => {
    reason ??= error;
  });
  try {
    await client.connect();
  } catch (error) {
    throw new CliError(`The store cannot be asked: Redis: ${reasonOf(reason ?? error)}.`);
  }
}
