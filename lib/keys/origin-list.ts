/** The list of origins from which a publishable key may be used. */
import { InvalidValueError, shown } from '../errors';
import { isAddressHost, toHost } from './host-name';
import { defaultPort, parseOrigin } from './origin';

/** A compiled list of origins. An empty list allows nobody. */
export interface OriginList {
  /** Whether the value of an `Origin` header is on the list. Never throws. */
  readonly allows: (origin: string) => boolean;
}

const ENTRY = /^(?:([A-Za-z]+):\/\/)?(\*\.)?(\[[^\]]*\]|[^:/?#@\\[\]\s*%]+)(?::([0-9]{1,5}))?$/;

const GRAMMAR = 'write https://app.example.com, app.example.com, https://*.example.com or localhost';

/**
 * Checks an entry and brings it into the form in which it is stored: lower case, punycode, default port
 * dropped. Normalizing twice changes nothing.
 *
 * - `https://app.example.com`, `https://app.example.com:8443`, `http://app.example.com`: that origin exactly;
 * - `viewer.example.com`: `https://viewer.example.com`, on the default port alone;
 * - `https://*.example.com`, `https://*.example.com:8443`: one or more labels before `.example.com`, never
 *   `example.com` itself. The library does not know which names are public suffixes: only a single label
 *   (`https://*.com`) is refused, and `https://*.co.uk` is not;
 * - `localhost`: for development, `http` and `https` on every port of `localhost`.
 *
 * @throws InvalidValueError - for `*`, `null`, a path (a `/` at the end too), userinfo, another scheme, a
 * wildcard elsewhere, and whatever else is no such entry
 */
export function normalizeOrigin(entry: string): string {
  const [, written, wildcard, name, digits] = typeof entry === 'string' ? (ENTRY.exec(entry) ?? []) : [];
  if (name === undefined) throw invalid(entry, GRAMMAR);
  const host = toHost(name);
  if (host === null) throw invalid(entry, `${shown(name)} is no host name`);
  if (written === undefined) {
    if (wildcard !== undefined || digits !== undefined) throw invalid(entry, `write https://${entry}`);
    if (host === 'null') throw invalid(entry, 'it is what pages without an origin send');
    return host;
  }
  const scheme = written.toLowerCase();
  const usual = defaultPort(scheme);
  if (usual === undefined) throw invalid(entry, 'the scheme must be https or http');
  if (wildcard !== undefined && scheme !== 'https') throw invalid(entry, 'a wildcard takes https alone');
  if (wildcard !== undefined && (isAddressHost(host) || !host.includes('.'))) {
    throw invalid(entry, 'a wildcard must stand before a name of two labels or more');
  }
  const port = digits === undefined ? usual : Number(digits);
  if (port < 1 || port > 65_535) throw invalid(entry, 'a port is a number from 1 to 65535');
  return `${scheme}://${wildcard ?? ''}${host}${port === usual ? '' : `:${String(port)}`}`;
}

/**
 * Compiles a list for requests: an exact comparison first, then the wildcards label by label. An entry that
 * {@link normalizeOrigin} would refuse matches nothing.
 */
export function compileOrigins(entries: readonly string[]): OriginList {
  const exact = new Set<string>();
  const wildcards = new Set<string>();
  let localhost = false;
  for (const entry of entries) {
    const normal = normalizedOrNull(entry);
    if (normal === null) continue;
    if (normal === 'localhost') localhost = true;
    else if (normal.includes('*')) wildcards.add(normal);
    else exact.add(normal.includes('://') ? normal : `https://${normal}`);
  }
  if (!localhost && wildcards.size === 0)
    return Object.freeze({ allows: (origin: string) => exact.has(origin) });

  return Object.freeze({
    allows(origin: string): boolean {
      if (exact.has(origin)) return true;
      const parsed = parseOrigin(origin);
      if (parsed === null) return false;
      const { scheme, host, port } = parsed;
      if (localhost && host === 'localhost') return scheme === 'http' || scheme === 'https';
      if (wildcards.size === 0 || scheme !== 'https') return false;
      const tail = port === null ? '' : `:${String(port)}`;
      for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
        if (wildcards.has(`https://*${host.slice(dot)}${tail}`)) return true;
      }
      return false;
    },
  });
}

function normalizedOrNull(entry: string): string | null {
  try {
    return normalizeOrigin(entry);
  } catch {
    return null;
  }
}

function invalid(entry: unknown, why: string): InvalidValueError {
  return new InvalidValueError(`${shown(entry)} is not an allowed origin: ${why}`);
}
