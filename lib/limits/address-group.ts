/** Whom an address stands for: one host of IPv4, one network of IPv6. */
import { isIPv4 } from 'node:net';
import { canonicalIPv6 } from '../keys/host-name';

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** The eight words of a canonical IPv6 address. */
function wordsOf(canonical: string): number[] {
  const [head = '', tail] = canonical.split('::');
  const read = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => parseInt(word, 16));
  const left = read(head);
  const right = read(tail ?? '');
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/**
 * The group that a client's address counts in: IPv4 by itself, also where it is mapped into IPv6 (RFC 4291,
 * 2.5.5.2); IPv6 by its first `prefix` bits, since one site has a whole network of them (RFC 6177). What is no
 * address counts as one group, `unknown`.
 * @param prefix 32 to 64.
 */
export function addressGroup(address: string | undefined, prefix: number): string {
  if (address === undefined) return 'unknown';
  if (isIPv4(address)) return address;
  const mapped = MAPPED.exec(address)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  const zone = address.indexOf('%');
  const canonical = canonicalIPv6(zone === -1 ? address : address.slice(0, zone));
  if (canonical === null) return 'unknown';
  const words = wordsOf(canonical);
  const [high = 0, low = 0] = words.slice(6);
  if (canonical.startsWith('::ffff:') && words[5] === 0xffff) {
    return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  }
  const network = words.slice(0, 4).map((word, i) => {
    const kept = Math.min(16, Math.max(0, prefix - i * 16));
    return (word & (0xffff << (16 - kept))).toString(16);
  });
  return `${network.join(':')}::/${String(prefix)}`;
}
