/** What a limit says, and how a request stands under it. */
import type { Quota } from '../keys/key-record';

/** One limit that holds for a caller: a window that opens with the first request, or a calendar period. */
export interface LimitRule {
  /** What clients and events call it. */
  readonly name: string;
  /** The most that may be spent in one window or period. */
  readonly limit: number;
  /** Length of the window in ms; 0 for a calendar period. */
  readonly windowMs: number;
  /** The calendar period (UTC) of a quota, or `null`. */
  readonly period: Quota['period'] | null;
}

/** How a request stands under one rule. */
export interface Standing {
  readonly rule: LimitRule;
  /** Whether the request goes beyond the rule. */
  readonly exceeded: boolean;
  /** What may still be spent after this request. */
  readonly remaining: number;
  /** When the window or period ends, in ms since the epoch. */
  readonly resetAt: number;
}

/** How a request stands under all its rules. */
export interface Tally {
  readonly passed: boolean;
  /**
   * The standing to tell the client: of those exceeded the one that ends last, since nothing passes before;
   * else the one with the least left.
   */
  readonly decisive: Standing;
  readonly standings: readonly Standing[];
}

function decides(a: Standing, b: Standing): Standing {
  if (a.exceeded !== b.exceeded) return a.exceeded ? a : b;
  if (a.exceeded) return b.resetAt > a.resetAt ? b : a;
  return b.remaining < a.remaining ? b : a;
}

/** Sums up the standings of a request; at least one. */
export function tallyOf(standings: readonly Standing[]): Tally {
  const decisive = standings.length === 1 ? (standings[0] as Standing) : standings.reduce(decides);
  return { passed: !decisive.exceeded, decisive, standings };
}
