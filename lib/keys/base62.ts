/** Random text over the 62 letters and digits, without modulo bias. */
import { randomBytes as nodeRandomBytes } from 'node:crypto';

/** The alphabet of ids, secrets and checksums, in the order of their values. */
export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A source of `size` random bytes; in production a CSPRNG. */
export type RandomBytes = (size: number) => Uint8Array;

/** Bytes from here on are drawn again: 248 is the largest multiple of 62 that a byte can hold. */
const REJECT_FROM = 248;

/**
 * `length` characters of {@link BASE62}, each equally likely (rejection sampling): 5.95 bits a character.
 *
 * @param randomBytes - default: `crypto.randomBytes`
 */
export function randomBase62(length: number, randomBytes: RandomBytes = nodeRandomBytes): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length + 4)) {
      if (byte >= REJECT_FROM) continue;
      text += BASE62.charAt(byte % 62);
      if (text.length === length) break;
    }
  }
  return text;
}
