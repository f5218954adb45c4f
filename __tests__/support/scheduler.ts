/** Lets a test decide which of the things that wait goes on next. */
import type { Seeded } from './seeded';

export interface Scheduler {
  /** Waits until the scheduler lets it go on. */
  wait(): Promise<void>;
  /** Lets one of those that wait go on, chosen by the seed. `false` when none waits. */
  step(): boolean;
  readonly waiting: number;
}

export function createScheduler(random: Seeded): Scheduler {
  const queue: (() => void)[] = [];
  return {
    wait: () => new Promise<void>((resolve) => queue.push(resolve)),
    step: () => {
      if (queue.length === 0) return false;
      const [next] = queue.splice(random.below(queue.length), 1);
      next!();
      return true;
    },
    get waiting() {
      return queue.length;
    },
  };
}
