/** A change bus over a connection that may break: reconnects by itself, and notices silence. */
import { randomUUID } from 'node:crypto';
import type { ChangeBus, ChangeListener, KeyChange } from '../change-bus';
import { readMessage, writeMessage } from './bus-message';

/** How a bus reaches its server. */
export interface BusTransport {
  /**
   * Opens a connection that listens. `onText` gets each message, `onDown` is called when the connection is
   * gone. Resolves once messages arrive.
   */
  connect(onText: (text: string) => void, onDown: (error: unknown) => void): Promise<BusConnection>;
  /** Sends a message to every listener, this process's own too. */
  publish(text: string): Promise<void>;
}

/** An open connection. */
export interface BusConnection {
  /** Ends the connection. Never rejects. */
  close(): Promise<void>;
}

/** Times of a bus, in ms. */
export interface BusTimes {
  /** Between two heartbeats. */
  readonly heartbeat: number;
  /** Before the first attempt to reconnect; doubled after each failed one. */
  readonly firstDelay: number;
  /** Between two attempts to reconnect, at most. */
  readonly maxDelay: number;
}

const DEFAULT_TIMES: BusTimes = { heartbeat: 2_000, firstDelay: 100, maxDelay: 2_000 };
/** Heartbeats that may be missing before the bus counts as lost. */
const MISSED = 2;

/**
 * Keeps one listening connection alive. A server that hangs, or a network that swallows packets, breaks no
 * connection: so the bus also sends itself heartbeats, and reconnects when they stay out.
 */
export class ReconnectingBus implements ChangeBus {
  readonly #transport: BusTransport;
  readonly #times: BusTimes;
  readonly #self = randomUUID();
  #listener: ChangeListener | null = null;
  #connection: BusConnection | null = null;
  #timer: NodeJS.Timeout | undefined;
  #silent = 0;
  #lost = false;
  #closed = false;
  /** Grows with each connection, so that a late message of an old one is not taken for a sign of life. */
  #generation = 0;

  constructor(transport: BusTransport, times: BusTimes = DEFAULT_TIMES) {
    this.#transport = transport;
    this.#times = times;
  }

  async subscribe(listener: ChangeListener): Promise<void> {
    this.#listener = listener;
    try {
      await this.#connect();
    } catch (error) {
      this.#down(error);
    }
  }

  async publish(change: KeyChange): Promise<void> {
    await this.#transport.publish(writeMessage({ change }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const connection = this.#connection;
    this.#connection = null;
    await connection?.close();
  }

  async #connect(): Promise<void> {
    const generation = ++this.#generation;
    const connection = await this.#transport.connect(
      (text) => {
        this.#receive(text, generation);
      },
      (error) => {
        if (generation === this.#generation) this.#down(error);
      },
    );
    if (this.#closed || generation !== this.#generation) {
      await connection.close();
      return;
    }
    this.#connection = connection;
    this.#silent = 0;
    if (this.#lost) {
      this.#lost = false;
      this.#listener?.onRestored();
    }
    this.#beat();
  }

  #receive(text: string, generation: number): void {
    const message = readMessage(text);
    if (message === null || this.#closed) return;
    if ('change' in message) this.#listener?.onChange(message.change);
    else if (generation === this.#generation && message.heartbeat === this.#self) this.#silent = 0;
  }

  #beat(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#silent += 1;
      if (this.#silent > MISSED) {
        this.#down(new Error('The change bus is silent'));
        return;
      }
      // A failure to send shows as a heartbeat that stays out.
      this.#transport.publish(writeMessage({ heartbeat: this.#self })).catch(() => undefined);
      this.#beat();
    }, this.#times.heartbeat);
    this.#timer.unref();
  }

  #down(error: unknown): void {
    if (this.#closed) return;
    this.#generation += 1;
    const connection = this.#connection;
    this.#connection = null;
    void connection?.close();
    if (!this.#lost) {
      this.#lost = true;
      this.#listener?.onLost(error);
    }
    this.#reconnect(this.#times.firstDelay);
  }

  #reconnect(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#connect().catch(() => {
        if (!this.#closed) this.#reconnect(Math.min(delay * 2, this.#times.maxDelay));
      });
    }, delay);
    this.#timer.unref();
  }
}
