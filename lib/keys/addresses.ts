/** The addresses and ranges from which a key may be used. */
import { BlockList, isIPv4 } from 'node:net';
import { InvalidValueError, shown } from '../errors';
import { canonicalIPv6 } from './host-name';

/** A compiled list of addresses. */
export interface AddressList {
  /**
   * Whether a client's address is on the list. An IPv4 address mapped into IPv6 (`::ffff:192.0.2.1`) counts
   * as IPv4. `undefined` and what is no address are refused. Never throws.
   */
  allows(ip: string | undefined): boolean;
}

interface Address {
  readonly family: 'ipv4' | 'ipv6';
  /** Canonical text: RFC 5952 for IPv6. */
  readonly text: string;
}

const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;
const CIDR = /^([^/]+)\/(0|[1-9][0-9]{0,2})$/;

/**
 * Checks an address or a CIDR range (RFC 4632, RFC 4291) and brings it into canonical text; a range of one
 * address becomes that address, and a range of mapped addresses a range of IPv4.
 *
 * @throws InvalidValueError - when it is neither, has a zone id, or has host bits set (the message then names
 * the network)
 */
export function normalizeAddress(entry: string): string {
  const { address, prefix } = readRange(entry);
  const { family, text } = address;
  const bits = family === 'ipv4' ? 32 : 128;
  if (prefix === bits) return text;
  const value = toBits(address);
  const network = (value >> BigInt(bits - prefix)) << BigInt(bits - prefix);
  if (network !== value) {
    const range = `${fromBits(network, family)}/${String(prefix)}`;
    throw new InvalidValueError(`${shown(entry)} has bits set beyond its prefix: the network is ${range}`);
  }
  return `${text}/${String(prefix)}`;
}

/**
 * Compiles a list for requests. An entry that {@link normalizeAddress} would refuse matches nothing; an empty
 * list allows nothing, so whether it means "no condition" is for the caller to say.
 */
export function compileAddresses(entries: readonly string[]): AddressList {
  const single = new Set<string>();
  // A list for each family: one list alone would find IPv4 addresses in `::/0`, as mapped ones.
  const ranges = new Map<Address['family'], BlockList>();
  for (const entry of entries) {
    const normal = normalizedOrNull(entry);
    if (normal === null) continue;
    const range = readRange(normal);
    const { family, text } = range.address;
    if (text === normal) {
      single.add(text);
    } else {
      const list = ranges.get(family) ?? new BlockList();
      list.addSubnet(text, range.prefix, family);
      ranges.set(family, list);
    }
  }
  return Object.freeze({
    allows(ip: string | undefined): boolean {
      if (ip === undefined) return false;
      if (single.has(ip)) return true;
      const address = readAddress(ip);
      if (address === null) return false;
      const { family, text } = address;
      return single.has(text) || ranges.get(family)?.check(text, family) === true;
    },
  });
}

function normalizedOrNull(entry: string): string | null {
  try {
    return normalizeAddress(entry);
  } catch {
    return null;
  }
}

function readRange(entry: string): { readonly address: Address; readonly prefix: number } {
  const [, base, digits] = typeof entry === 'string' ? (CIDR.exec(entry) ?? [null, entry]) : [];
  const address = base === undefined ? null : readAddress(base);
  if (address === null || base === undefined) throw invalid(entry);
  const bits = address.family === 'ipv4' ? 32 : 128;
  if (digits === undefined) return { address, prefix: bits };
  const written = base.includes(':') ? 128 : 32;
  const prefix = Number(digits) - (written - bits);
  if (prefix < 0 || prefix > bits) throw invalid(entry);
  return { address, prefix };
}

function readAddress(text: string): Address | null {
  if (isIPv4(text)) return { family: 'ipv4', text };
  // How Node writes the address of an IPv4 client on a socket of both families.
  if (text.startsWith('::ffff:') && isIPv4(text.slice(7))) return { family: 'ipv4', text: text.slice(7) };
  const canonical = canonicalIPv6(text);
  if (canonical === null) return null;
  const [, high, low] = MAPPED.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return { family: 'ipv6', text: canonical };
  const value = BigInt(parseInt(high, 16)) * 65_536n + BigInt(parseInt(low, 16));
  return { family: 'ipv4', text: fromBits(value, 'ipv4') };
}

function toBits({ family, text }: Address): bigint {
  if (family === 'ipv4') return text.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n);
  const [head, tail = ''] = text.split('::') as [string, string?];
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].reduce((value, part) => value * 65_536n + BigInt(`0x${part}`), 0n);
}

function fromBits(value: bigint, family: Address['family']): string {
  const [parts, width, radix] = family === 'ipv4' ? [4, 8n, 10] : [8, 16n, 16];
  const words = Array.from({ length: parts }, (_, i) => {
    return BigInt.asUintN(Number(width), value >> (width * BigInt(parts - 1 - i))).toString(radix);
  });
  return family === 'ipv4' ? words.join('.') : (canonicalIPv6(words.join(':')) as string);
}

function invalid(entry: unknown): InvalidValueError {
  return new InvalidValueError(
    `${shown(entry)} is not an address: write 192.0.2.1, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/32, without a zone id`,
  );
}
