/** A time limit for what may never answer. */

/**
 * What `run` answers, or an error after `ms`. A bare timer: cockatiel's time-out makes and aborts a signal for
 * each call, which costs 12 µs, and listens on one shared signal, of which Node warns when eleven calls run.
 */
export async function within<T>(what: string, ms: number, run: () => Promise<T>): Promise<T> {
  const answer = run();
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`${what} did not answer within ${String(ms)} ms`));
    }, ms);
    const settled = (): void => {
      clearTimeout(timer);
    };
    answer.then(resolve, reject);
    answer.then(settled, settled);
  });
}
