/** Reads the `Origin` header (RFC 6454, 7). */
import { isHost } from './host-name';

/** An origin: the triple of RFC 6454, 4. */
export interface Origin {
  /** Lower case, without `:`. */
  readonly scheme: string;
  /** Lower case, ASCII; an IPv6 address stands in brackets. */
  readonly host: string;
  /** `null` for the default port of the scheme. */
  readonly port: number | null;
}

const ORIGIN =
  /^([a-z][a-z0-9+.-]{0,31}):\/\/([a-z0-9_.-]{1,253}|\[[0-9a-f:]{2,39}\])(?::([1-9][0-9]{0,4}))?$/;

const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ['http', 80],
  ['https', 443],
]);

/** The port of a scheme when none is written, or `undefined` for a scheme without one. */
export function defaultPort(scheme: string): number | undefined {
  return DEFAULT_PORTS.get(scheme);
}

/**
 * Reads an origin in its ASCII serialization (RFC 6454, 6.2) exactly as browsers send it: scheme `://` host
 * [`:port`], lower case, default port left out. Anything else is `null`: `null` itself, a list of origins,
 * upper case, a trailing dot or slash, userinfo, a path, other than ASCII.
 */
export function parseOrigin(header: string): Origin | null {
  const [, scheme, host, digits] = ORIGIN.exec(header) ?? [];
  if (scheme === undefined || host === undefined || !isHost(host)) return null;
  if (digits === undefined) return { scheme, host, port: null };
  const port = Number(digits);
  return port > 65_535 || port === DEFAULT_PORTS.get(scheme) ? null : { scheme, host, port };
}
