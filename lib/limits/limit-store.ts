/** The port of a store that counts for several processes. */

/** A counter after a request was added to it. */
export interface CounterState {
  /** Everything that was added in the present window, this request included. */
  readonly count: number;
  /** For how long the window still lasts, in ms. */
  readonly endsIn: number;
}

/**
 * Counts for several processes at once. `redisLimitStore` and `postgresLimitStore` make one; a host may bring
 * its own.
 */
export interface LimitStore {
  /**
   * Adds `cost` to a counter and answers its state. The first cost opens a window of `windowSeconds`; nothing
   * that follows moves its end, and after it the counter starts at zero. Two calls at the same time, from
   * whichever process, never see the same count.
   * @param counter At most 300 characters.
   * @param cost A positive whole number.
   * @throws Error of the driver when the store cannot be asked.
   */
  add(counter: string, cost: number, windowSeconds: number): Promise<CounterState>;
}
