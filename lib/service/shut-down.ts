/** Ends a service: work in the background, the change bus, the store. */
import type { KeyStore } from '../stores/key-store';
import type { Background } from './background';
import type { Clock } from './clock';
import type { Events } from './events';
import type { Publisher } from './publisher';

/** How long closing waits for work in the background, for the change bus and for the store, in ms. */
const WAITS = { background: 4_000, bus: 300, store: 300 };

/** What is shut down. */
export interface ShutDownOptions {
  readonly background: Background;
  readonly publisher: Publisher;
  readonly store: KeyStore;
  readonly events: Events;
  readonly clock: Clock;
  /** What other parts asked to be done first, such as a last flush. */
  readonly closers: readonly (() => Promise<unknown>)[];
}

/** Waits for `work`, but no longer than `ms`. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, patience]);
  clearTimeout(timer);
}

/**
 * Shuts a service down, within 5 s. Never rejects: what fails is told as a `failure` event, and what hangs is
 * left behind.
 */
export async function shutDown(options: ShutDownOptions): Promise<void> {
  const { background, publisher, store, events, clock } = options;

  async function settled(task: string, work: () => Promise<unknown> | undefined): Promise<void> {
    try {
      await work();
    } catch (error) {
      events.emit('failure', { task, error, at: clock() });
    }
  }

  for (const closer of options.closers) background.run('closing', settled('closing', closer));
  await within(WAITS.background, background.idle());
  await within(
    WAITS.bus,
    settled('closing the change bus', () => publisher.close()),
  );
  await within(
    WAITS.store,
    settled('closing the store', () => store.close?.()),
  );
}
