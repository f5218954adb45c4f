/** Numbers that look random and are the same for the same seed. */
export interface Seeded {
  /** A whole number from 0 below `bound`. */
  below(bound: number): number;
  /** One of a list. */
  pick<T>(list: readonly T[]): T;
}

/** Mulberry32. */
export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const below = (bound: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * bound);
  };
  return { below, pick: (list) => list[below(list.length)]! };
}
