/** Brings counts from the buffer to the store: in batches, never twice, never lost while the process lives. */
import { randomUUID } from 'node:crypto';
import { within } from '../service/within';
import type { LastUsed } from '../stores/key-store';
import type { UsageBatch, UsageStore } from '../stores/usage-store';
import type { UsageBuffer } from './usage-buffer';

/** What a flusher needs. */
export interface UsageFlusherOptions {
  readonly buffer: UsageBuffer;
  readonly store: UsageStore;
  /** Writes when keys were last used. */
  readonly touch: (batch: readonly LastUsed[]) => Promise<void>;
  /** Called once with each batch that is kept. */
  readonly onFlush: ((batch: UsageBatch) => void | Promise<void>) | null;
  /** Told of every failure; the counts stay and are tried again. */
  readonly onFailure: (error: unknown) => void;
}

/** How long the store may take to keep a batch, in ms. */
const FLUSH_TIMEOUT = 30_000;
/** How often closing tries to write what is left. */
const CLOSING_ATTEMPTS = 3;

/** Flushes, one flush at a time. */
export class UsageFlusher {
  readonly #options: UsageFlusherOptions;
  /** A batch whose outcome is not known: it goes first, with the same id, before anything new is taken. */
  #pending: UsageBatch | null = null;
  readonly #lastUsed = new Map<string, number>();
  #running: Promise<boolean> | null = null;

  constructor(options: UsageFlusherOptions) {
    this.#options = options;
  }

  /** Writes everything that is counted; `false` when it could not be written and was kept. Never rejects. */
  flush(): Promise<boolean> {
    this.#running ??= this.#flush().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Writes what is left, with a few attempts. Never rejects. */
  async drain(): Promise<boolean> {
    // A flush that is under way has taken its counts already.
    await this.#running;
    for (let attempt = 0; attempt < CLOSING_ATTEMPTS; attempt += 1) {
      if (await this.flush()) return true;
    }
    return false;
  }

  async #flush(): Promise<boolean> {
    const { buffer, onFailure, touch } = this.#options;
    try {
      if (this.#pending !== null) await this.#add(this.#pending);
      const { rows, lastUsed } = buffer.take();
      for (const { id, lastUsedAt } of lastUsed) this.#lastUsed.set(id, lastUsedAt);
      if (rows.length > 0) {
        this.#pending = { id: randomUUID(), rows };
        await this.#add(this.#pending);
      }
      if (this.#lastUsed.size > 0) {
        await touch(Array.from(this.#lastUsed, ([id, lastUsedAt]) => ({ id, lastUsedAt })));
        this.#lastUsed.clear();
      }
      return true;
    } catch (error) {
      onFailure(error);
      return false;
    }
  }

  async #add(batch: UsageBatch): Promise<void> {
    const { store, onFlush, onFailure } = this.#options;
    // The same batch is given again, under the same id, when this time is up.
    await within('the usage store', FLUSH_TIMEOUT, () => store.add(batch));
    this.#pending = null;
    try {
      await onFlush?.(batch);
    } catch (error) {
      onFailure(error);
    }
  }
}
