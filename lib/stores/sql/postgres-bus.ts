/** The change bus over PostgreSQL LISTEN/NOTIFY. */
import { ConfigurationError, shown } from '../../errors';
import { readNames } from '../../option-readers';
import { ReconnectingBus, type BusTransport } from '../bus/reconnecting-bus';
import type { ChangeBus } from '../change-bus';

/** The part of a connection of `pg` that the bus uses. */
export interface PostgresBusConnection {
  query(text: string): Promise<unknown>;
  on(event: string, listener: (value: never) => void): unknown;
  removeAllListeners(): unknown;
  release(destroy: boolean): void;
}

/** The part of a `Pool` of `pg` that the bus uses. */
export interface PostgresBusPool {
  connect(): Promise<PostgresBusConnection>;
  query(text: string, values: string[]): Promise<unknown>;
}

/** Options of `postgresBus`. */
export interface PostgresBusOptions {
  /**
   * A `Pool` of `pg`; it stays the host's. The bus keeps one of its connections to listen, so it needs two at
   * least, and direct ones: a pooler that hands out connections by transaction loses LISTEN.
   */
  readonly pool: PostgresBusPool;
  /** Name of the channel: a lower-case letter, then up to 62 of `a-z`, `0-9`, `_`. Default `latchkey_changes`. */
  readonly channel?: string;
}

function readPool(pool: unknown): PostgresBusPool {
  const { connect, query } = (pool ?? {}) as Partial<PostgresBusPool>;
  if (typeof connect === 'function' && typeof query === 'function') return pool as PostgresBusPool;
  throw new ConfigurationError(
    'ERR_LATCHKEY_OPTION_INVALID',
    'postgresBus options.pool',
    `must be a Pool of pg; received ${shown(pool)}.`,
  );
}

function readChannel(channel: unknown): string {
  // Checked, and then safe to stand in a statement: LISTEN takes no parameters.
  if (typeof channel === 'string' && /^[a-z][a-z0-9_]{0,62}$/.test(channel)) return channel;
  throw new ConfigurationError(
    'ERR_LATCHKEY_OPTION_INVALID',
    'postgresBus options.channel',
    `must be a lower-case letter, then up to 62 of a-z, 0-9 and _; received ${shown(channel)}.`,
  );
}

/**
 * The change bus over LISTEN/NOTIFY: no server beside the database. What is published while a connection is
 * broken is missed, and everything is read again when it is back.
 * @throws ConfigurationError for an unknown option or a bad value.
 */
export function postgresBus(options: PostgresBusOptions): ChangeBus {
  readNames('postgresBus options', options, { pool: true, channel: true });
  const pool = readPool(options.pool);
  const channel = readChannel(options.channel ?? 'latchkey_changes');
  const transport: BusTransport = {
    connect: async (onText, onDown) => {
      const connection = await pool.connect();
      let released = false;
      const close = (): Promise<void> => {
        if (released) return Promise.resolve();
        released = true;
        connection.removeAllListeners();
        // An error of a connection that nobody listens to would end the process.
        connection.on('error', () => undefined);
        connection.release(true);
        return Promise.resolve();
      };
      connection.on('error', onDown);
      connection.on('end', () => {
        onDown(new Error('The connection to PostgreSQL ended'));
      });
      connection.on('notification', ({ payload = '' }: { payload?: string }) => {
        onText(payload);
      });
      try {
        await connection.query(`LISTEN ${channel}`);
      } catch (error) {
        await close();
        throw error;
      }
      return { close };
    },
    publish: async (text) => {
      await pool.query('SELECT pg_notify($1, $2)', [channel, text]);
    },
  };
  return new ReconnectingBus(transport);
}
