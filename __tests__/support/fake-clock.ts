/** A clock that stands still until a test moves it. */
import type { Clock } from '../../lib/service/clock';

export interface FakeClock extends Clock {
  /** Moves on, or back with a negative number, by ms. */
  advance(ms: number): void;
}

/** Starts at noon of 15 January 2024 (UTC). */
export function fakeClock(start = Date.UTC(2024, 0, 15, 12)): FakeClock {
  let now = start;
  const advance = (ms: number): void => {
    now += ms;
  };
  return Object.assign(() => now, { advance });
}
