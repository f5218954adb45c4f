/** Work that no request waits for, but that closing does. */
import type { Clock } from './clock';
import type { Events } from './events';

/** Keeps track of work in the background. */
export class Background {
  readonly #events: Events;
  readonly #clock: Clock;
  readonly #running = new Set<Promise<void>>();

  constructor(events: Events, clock: Clock) {
    this.#events = events;
    this.#clock = clock;
  }

  /** Lets `work` run; its failure becomes a `failure` event. */
  run(task: string, work: Promise<unknown>): void {
    const watched: Promise<void> = work
      .then(
        () => undefined,
        (error: unknown) => {
          this.#events.emit('failure', { task, error, at: this.#clock() });
        },
      )
      .finally(() => this.#running.delete(watched));
    this.#running.add(watched);
  }

  /** Resolves when nothing runs any more. Never rejects. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
