/** Host names as they stand in URLs: one strict grammar for origins and hosts. */
import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const HOST_NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);
/** A last label that makes URL parsers read the whole name as an IPv4 address. */
const NUMBER = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/;
const WRITTEN = /^[\p{L}\p{M}\p{N}._-]+$/u;

/**
 * Whether text is a host as browsers serialize it: a lower-case ASCII name without trailing dot, an IPv4
 * address, or an IPv6 address in brackets.
 */
export function isHost(text: string): boolean {
  if (text.startsWith('[')) return text.endsWith(']') && isCanonicalIPv6(text.slice(1, -1));
  return HOST_NAME.test(text) && (!NUMBER.test(text) || isIPv4(text));
}

/** Whether a host is an address rather than a name. */
export function isAddressHost(host: string): boolean {
  return host.startsWith('[') || isIPv4(host);
}

/**
 * A host that a person wrote, as browsers serialize it: lower case, punycode; `null` when it is none. An
 * IPv6 address stands in brackets.
 */
export function toHost(written: string): string | null {
  if (written.startsWith('[') && written.endsWith(']')) {
    const canonical = canonicalIPv6(written.slice(1, -1));
    return canonical === null ? null : `[${canonical}]`;
  }
  if (written.length > 253 || !WRITTEN.test(written)) return null;
  const lower = written.toLowerCase();
  if (NUMBER.test(lower)) return isIPv4(lower) ? lower : null;
  const ascii = domainToASCII(lower);
  return isHost(ascii) ? ascii : null;
}

/** An IPv6 address in the canonical text of RFC 5952, or `null`. Zone ids are refused. */
export function canonicalIPv6(text: string): string | null {
  if (!isIPv6(text) || text.includes('%')) return null;
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

function isCanonicalIPv6(text: string): boolean {
  return canonicalIPv6(text) === text;
}
