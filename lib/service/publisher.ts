/** What happens to caches when a key changes here or elsewhere. */
import type { ChangeBus } from '../stores/change-bus';
import type { Background } from './background';
import type { Clock } from './clock';
import type { Events } from './events';
import type { KeyCache } from './key-cache';

/** How long an answer waits for the bus to take a change, in ms. */
const PUBLISH_WAIT = 250;

/** What a publisher needs. */
export interface PublisherOptions {
  readonly bus: ChangeBus | null;
  readonly cache: KeyCache;
  readonly events: Events;
  readonly background: Background;
  readonly clock: Clock;
}

/** Applies changes to this process's cache and hands them to the other processes. */
export class Publisher {
  readonly #options: PublisherOptions;
  #lost = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
    const { bus, background } = options;
    if (bus !== null) background.run('subscription to the change bus', this.#subscribe(bus));
  }

  /**
   * Forgets the key here, then tells the others. Waits a moment for the bus, so that an answer usually
   * follows the message; a bus that fails or hangs delays nobody further and undoes nothing.
   */
  async changed(id: string, revoked = false): Promise<void> {
    const { bus, cache, background } = this.#options;
    cache.invalidate(id, revoked);
    if (bus === null) return;
    const published = (async () => bus.publish({ id, revoked }))();
    background.run('publishing a change', published);
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PUBLISH_WAIT);
    });
    await Promise.race([published.catch(() => undefined), waited]);
    clearTimeout(timer);
  }

  /** Stops listening. */
  async close(): Promise<void> {
    await this.#options.bus?.close();
  }

  async #subscribe(bus: ChangeBus): Promise<void> {
    const { cache } = this.#options;
    try {
      await bus.subscribe({
        onChange: (change) => {
          cache.invalidate(change.id, change.revoked);
        },
        onLost: (error) => {
          this.#onLost(error);
        },
        onRestored: () => {
          this.#onRestored();
        },
      });
    } catch (error) {
      this.#onLost(error);
    }
  }

  #onLost(error: unknown): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#options.events.emit('bus_down', { error, at: this.#options.clock() });
  }

  #onRestored(): void {
    this.#options.cache.invalidateAll();
    if (!this.#lost) return;
    this.#lost = false;
    this.#options.events.emit('bus_up', { at: this.#options.clock() });
  }
}
