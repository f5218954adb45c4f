/** The change bus over Redis pub/sub. */
import { ConfigurationError, shown } from '../../errors';
import { readNames } from '../../option-readers';
import { ReconnectingBus, type BusConnection, type BusTransport } from '../bus/reconnecting-bus';
import type { ChangeBus } from '../change-bus';
import { sendCommandOf } from './redis-client';

/** The part of an `ioredis` client that the bus uses. */
export interface IoredisBusClient {
  call(command: string, ...args: string[]): Promise<unknown>;
  duplicate(options: { lazyConnect: boolean; retryStrategy: () => null }): {
    connect(): Promise<void>;
    subscribe(channel: string): Promise<unknown>;
    on(event: string, listener: (...values: never[]) => void): unknown;
    disconnect(): void;
  };
}

/** The part of a `redis` (node-redis) client that the bus uses. */
export interface NodeRedisBusClient {
  sendCommand(args: string[]): Promise<unknown>;
  duplicate(options: { socket: { reconnectStrategy: false } }): {
    connect(): Promise<unknown>;
    subscribe(channel: string, listener: (text: string) => void): Promise<unknown>;
    on(event: string, listener: (...values: never[]) => void): unknown;
    destroy(): void;
  };
}

/** Options of `redisBus`. */
export interface RedisBusOptions {
  /**
   * A client of `ioredis`, or a connected client of `redis`. It publishes, and stays the host's; the bus opens
   * a connection of its own, with the same settings, to listen.
   */
  readonly client: IoredisBusClient | NodeRedisBusClient;
  /** Name of the channel. Default `latchkey:changes`. */
  readonly channel?: string;
}

function readChannel(channel: unknown): string {
  if (typeof channel === 'string' && /^[\x21-\x7e]{1,128}$/.test(channel)) return channel;
  throw new ConfigurationError(
    'ERR_LATCHKEY_OPTION_INVALID',
    'redisBus options.channel',
    `must have 1 to 128 visible ASCII characters; received ${shown(channel)}.`,
  );
}

type OnText = (text: string) => void;
type OnDown = (error: unknown) => void;

async function connectIoredis(
  client: IoredisBusClient,
  channel: string,
  onText: OnText,
  onDown: OnDown,
): Promise<BusConnection> {
  const subscriber = client.duplicate({ lazyConnect: true, retryStrategy: () => null });
  const close = (): Promise<void> => {
    subscriber.disconnect();
    return Promise.resolve();
  };
  subscriber.on('error', onDown);
  subscriber.on('end', () => {
    onDown(new Error('The connection to Redis ended'));
  });
  subscriber.on('message', (...values: unknown[]) => {
    onText(String(values[1]));
  });
  try {
    await subscriber.connect();
    await subscriber.subscribe(channel);
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

async function connectNodeRedis(
  client: NodeRedisBusClient,
  channel: string,
  onText: OnText,
  onDown: OnDown,
): Promise<BusConnection> {
  const subscriber = client.duplicate({ socket: { reconnectStrategy: false } });
  const close = (): Promise<void> => {
    subscriber.destroy();
    return Promise.resolve();
  };
  subscriber.on('error', onDown);
  subscriber.on('end', () => {
    onDown(new Error('The connection to Redis ended'));
  });
  try {
    await subscriber.connect();
    await subscriber.subscribe(channel, onText);
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
  return { close: () => close().catch(() => undefined) };
}

/**
 * The change bus over Redis pub/sub. Redis hands a message to whoever listens at that moment: what is published
 * while a connection is broken is missed, and everything is read again when it is back.
 * @throws ConfigurationError for an unknown option or a bad value.
 */
export function redisBus(options: RedisBusOptions): ChangeBus {
  readNames('redisBus options', options, { client: true, channel: true });
  const { client } = options;
  const channel = readChannel(options.channel ?? 'latchkey:changes');
  const send = sendCommandOf('redisBus options.client', client);
  const transport: BusTransport = {
    connect: (onText, onDown) => {
      return 'call' in client
        ? connectIoredis(client, channel, onText, onDown)
        : connectNodeRedis(client, channel, onText, onDown);
    },
    publish: async (text) => {
      await send('PUBLISH', channel, text);
    },
  };
  return new ReconnectingBus(transport);
}
