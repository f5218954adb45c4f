/** A memory store whose calls a test counts, delays, reorders and lets fail. */
import type { KeyStore } from '../../lib/stores/key-store';
import { memoryStore } from '../../lib/stores/memory-store';

export type StoreMethod = Exclude<keyof KeyStore, 'ping' | 'close'>;

const READS: readonly StoreMethod[] = ['findById', 'findByLookup', 'list'];

/** Called before a call reaches the store, and after it, before its answer is handed on. */
export type Gate = (phase: 'before' | 'after', method: StoreMethod) => Promise<void> | undefined;

export interface ControlledStore {
  readonly store: KeyStore;
  /** The memory store itself, past every count, delay and fault. */
  readonly inner: KeyStore;
  /** How often each method was called. */
  readonly calls: Record<string, number>;
  readonly reads: () => number;
  readonly writes: () => number;
  /** Sets every count to zero. */
  reset(): void;
  /** Every call waits at the gate; `null` opens it for good. */
  setGate(gate: Gate | null): void;
  /** Calls of `method` wait, before or after the store has done them, until the function returned is called. */
  hold(method: StoreMethod, phase?: 'before' | 'after'): () => void;
  /** Every call fails with this from now on; `null` ends it. */
  failWith(error: Error | null): void;
}

export function controlledStore(inner: KeyStore = memoryStore()): ControlledStore {
  let calls: Record<string, number> = {};
  let gate: Gate | null = null;
  let failure: Error | null = null;

  const intercept = (method: StoreMethod) => {
    return async (...args: unknown[]): Promise<unknown> => {
      calls[method] = (calls[method] ?? 0) + 1;
      await gate?.('before', method);
      if (failure !== null) throw failure;
      const answer = await (inner[method] as (...args: unknown[]) => Promise<unknown>)(...args);
      await gate?.('after', method);
      return answer;
    };
  };
  const methods = [
    'create',
    'findById',
    'findByLookup',
    'update',
    'revoke',
    'rotate',
    'list',
    'touch',
    'deleteExpired',
  ] as const;
  const store = Object.fromEntries(methods.map((method) => [method, intercept(method)]));
  const count = (wanted: boolean): number => {
    return Object.entries(calls)
      .filter(([method]) => READS.includes(method as StoreMethod) === wanted)
      .reduce((sum, [, times]) => sum + times, 0);
  };

  return {
    store: { ...store, close: async () => inner.close?.() } as unknown as KeyStore,
    inner,
    get calls() {
      return calls;
    },
    reads: () => count(true),
    writes: () => count(false),
    reset: () => {
      calls = {};
    },
    setGate: (next) => {
      gate = next;
    },
    hold: (method, phase = 'before') => {
      let open = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        open = resolve;
      });
      gate = (at, called) => (at === phase && called === method ? held : undefined);
      return () => {
        gate = null;
        open();
      };
    },
    failWith: (error) => {
      failure = error;
    },
  };
}

/** Lets everything run that waits for nothing but promises. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
