/** Calls to the store, each with a time limit, a bound on how many run at once, and a circuit breaker. */
import { CircuitState, ConsecutiveBreaker, bulkhead, circuitBreaker, handleWhen, wrap } from 'cockatiel';
import { unavailable } from '../denials';
import { ApiKeyError, InvalidValueError } from '../errors';
import type { KeyStore } from '../stores/key-store';
import { within } from './within';

/** Failures in a row that open the breaker. */
const FAILURES_TO_OPEN = 5;
/** How long an open breaker waits before it lets one call try the store, in ms. */
const HALF_OPEN_AFTER = 1_000;

/** The store, and how much it is trusted. */
export interface StoreClientOptions<Store = KeyStore> {
  readonly store: Store;
  /** How long one call may take, in ms. */
  readonly timeout: number;
  /** How many calls may run at once; further ones are refused at once. */
  readonly maxInFlight: number;
  /** The breaker opened: the store has failed several times in a row. */
  readonly onDown: (cause: unknown) => void;
  /** The breaker closed: the store answers again. */
  readonly onUp: () => void;
  /** Told the duration in ms of each call, and whether it succeeded. */
  readonly onCall?: (operation: string, ms: number, ok: boolean) => void;
}

/** What the breaker does now: `closed` lets calls through, `open` refuses them, `half-open` tries one. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** The only way from the service to the store. */
export interface StoreClient<Store = KeyStore> {
  /**
   * Runs one operation.
   * @throws ApiKeyError `UNAVAILABLE` when the store fails, does not answer in time, or is not asked because
   * it failed before; the driver's error is its `cause`.
   * @throws InvalidValueError as the store threw it: the record breaks a limit of the store.
   */
  call<T>(operation: string, run: (store: Store) => Promise<T>): Promise<T>;
  /** State of the breaker. */
  readonly state: BreakerState;
}

/** Makes the {@link StoreClient} of a store. */
export function createStoreClient<Store = KeyStore>(options: StoreClientOptions<Store>): StoreClient<Store> {
  const { store, onCall } = options;
  const limit = bulkhead(options.maxInFlight, 0);
  const breaker = circuitBreaker(
    handleWhen((error) => !(error instanceof InvalidValueError)),
    { halfOpenAfter: HALF_OPEN_AFTER, breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN) },
  );
  // The bound stands outside: a call that it refuses says nothing about the store.
  const policy = wrap(limit, breaker);
  let probing = false;
  let down = false;

  breaker.onBreak((reason) => {
    // A breaker that opens again after a vain try tells nothing new.
    if (!down) options.onDown((reason as { readonly error?: unknown }).error);
    down = true;
  });
  breaker.onReset(() => {
    down = false;
    options.onUp();
  });

  async function call<T>(operation: string, run: (store: Store) => Promise<T>): Promise<T> {
    // Cockatiel would let every other call wait for the one that tries the store.
    const halfOpen = breaker.state !== CircuitState.Closed;
    if (halfOpen && probing) throw new ApiKeyError(unavailable());
    if (halfOpen) probing = true;
    const start = performance.now();
    let ok = false;
    try {
      const result = await policy.execute(() => within('the store', options.timeout, () => run(store)));
      ok = true;
      return result;
    } catch (error) {
      if (error instanceof InvalidValueError) throw error;
      throw new ApiKeyError(unavailable(), { cause: error });
    } finally {
      if (halfOpen) probing = false;
      onCall?.(operation, performance.now() - start, ok);
    }
  }

  return {
    call,
    get state() {
      if (breaker.state === CircuitState.Closed) return 'closed';
      return breaker.state === CircuitState.Open ? 'open' : 'half-open';
    },
  };
}
