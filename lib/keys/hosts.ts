/** The hosts (domains of the API) that a key belongs to. */
import { InvalidValueError, shown } from '../errors';
import { toHost } from './host-name';

/** A compiled list of hosts. */
export interface HostList {
  /** Whether the value of a `Host` header names a host of the list; the port does not count. Never throws. */
  allows(hostHeader: string | undefined): boolean;
}

const PORT = /:[0-9]{0,5}$/;

/**
 * Checks a host and brings it into the form in which it is stored: lower case, punycode. A name, an IPv4
 * address, or an IPv6 address in brackets.
 *
 * @throws InvalidValueError - for a port, a trailing dot, a wildcard, a URL, and whatever else is no host
 */
export function normalizeHost(entry: string): string {
  const host = typeof entry === 'string' ? toHost(entry) : null;
  if (host === null) {
    throw new InvalidValueError(
      `${shown(entry)} is not a host: write a name such as api.example.com, without scheme, port or path`,
    );
  }
  return host;
}

/**
 * Compiles a list for requests. An entry that {@link normalizeHost} would refuse matches nothing; an empty
 * list allows nothing, so whether it means "no condition" is for the caller to say.
 */
export function compileHosts(entries: readonly string[]): HostList {
  const hosts = new Set<string>();
  for (const entry of entries) {
    const host = typeof entry === 'string' ? toHost(entry) : null;
    if (host !== null) hosts.add(host);
  }
  return Object.freeze({
    allows(hostHeader: string | undefined): boolean {
      if (hostHeader === undefined) return false;
      return hosts.has(hostHeader) || hosts.has(hostHeader.replace(PORT, '').toLowerCase());
    },
  });
}
