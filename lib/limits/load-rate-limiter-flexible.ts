/** rate-limiter-flexible, loaded when a shared store is first made: it takes as long to load as the rest together. */
import { createRequire } from 'node:module';

let loaded: typeof import('rate-limiter-flexible') | undefined;

/** The package. */
export function loadRateLimiterFlexible(): typeof import('rate-limiter-flexible') {
  loaded ??= createRequire(__filename)('rate-limiter-flexible') as typeof import('rate-limiter-flexible');
  return loaded;
}

/**
 * A limiter of rate-limiter-flexible never refuses by itself here: keys have limits of their own, so it only
 * counts, and the limit is compared afterwards.
 */
export const UNBOUNDED = Number.MAX_SAFE_INTEGER;
