/** A change bus within one process: for several `createApiKeys` on one store, and for tests. */
import type { ChangeBus, ChangeListener, KeyChange } from '../change-bus';

/** Connects the buses that it makes. */
export interface MemoryBusHub {
  /** One end for one `createApiKeys`. */
  bus(): ChangeBus;
}

/** Makes a hub. Changes arrive before `publish` resolves. */
export function memoryBusHub(): MemoryBusHub {
  const listeners = new Set<ChangeListener>();

  function bus(): ChangeBus {
    let own: ChangeListener | null = null;
    return {
      subscribe(listener) {
        own = listener;
        listeners.add(listener);
        return Promise.resolve();
      },
      publish(change: KeyChange) {
        for (const listener of listeners) listener.onChange(change);
        return Promise.resolve();
      },
      close() {
        if (own !== null) listeners.delete(own);
        return Promise.resolve();
      },
    };
  }

  return { bus };
}
