/** Runs a database operation again when it lost against another one. */
import { setTimeout as wait } from 'node:timers/promises';

/** Waits between the attempts, in ms: a bit over one second in all. */
const PAUSES = [1, 5, 20, 50, 100, 200, 300, 400];
/** No further attempt once this much time went by, in ms. */
const PATIENCE = 2000;

/**
 * The outcome of `attempt`, which runs again while `isTransient` says that its error passes by itself: a
 * lock held by another process, a deadlock that the database broke. The last error is thrown as it is.
 */
export async function retrying<T>(
  attempt: () => T | Promise<T>,
  isTransient: (error: unknown) => boolean,
): Promise<T> {
  const start = performance.now();
  for (const pause of PAUSES) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error) || performance.now() - start > PATIENCE) throw error;
    }
    // Spread, so that those who lost together do not meet again.
    await wait(pause * (0.5 + Math.random()));
  }
  return attempt();
}
