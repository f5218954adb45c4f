/** What verification asks about a request, only when a key has a condition that needs it. */

/**
 * Reads facts from a request of type `R`. One object serves every request, so nothing is read for a key
 * without conditions. `undefined` means unknown, and an unknown fact never satisfies a condition.
 */
export interface RequestFacts<R> {
  /** The `Origin` (RFC 6454, 7), as sent. */
  origin(request: R): string | undefined;
  /** The client's address. */
  address(request: R): string | undefined;
  /** The host that was asked, with or without a port. */
  host(request: R): string | undefined;
}

/** Facts given as plain values, for verification outside HTTP. */
export interface KnownFacts {
  readonly origin?: string | undefined;
  readonly address?: string | undefined;
  readonly host?: string | undefined;
}

/** Reads {@link KnownFacts}. */
export const KNOWN_FACTS: RequestFacts<KnownFacts> = {
  origin: (facts) => facts.origin,
  address: (facts) => facts.address,
  host: (facts) => facts.host,
};
