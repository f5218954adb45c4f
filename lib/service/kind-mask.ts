/** Sets of kinds as bits, so that the hot path compares numbers. */
import { KEY_KINDS, type KeyKind } from '../keys/kinds';

/** A set of kinds: bit n stands for the n-th of `KEY_KINDS`. */
export type KindMask = number;

/** Every kind. */
export const ALL_KINDS: KindMask = (1 << KEY_KINDS.length) - 1;

const BITS: Readonly<Record<KeyKind, KindMask>> = { secret: 1, publishable: 2, temporary: 4, scoped: 8 };

/** The set of one kind. */
export function kindBit(kind: KeyKind): KindMask {
  return BITS[kind];
}

/** The set of several kinds. */
export function kindMask(kinds: readonly KeyKind[]): KindMask {
  return kinds.reduce((mask, kind) => mask | BITS[kind], 0);
}
