/** The checksum at the end of a token: it tells a typing error from a wrong key without asking the store. */
import { BASE62 } from './base62';

/** Characters of a checksum: 62^6 is more than 2^32. */
export const CHECKSUM_LENGTH = 6;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

const DIGITS = Uint8Array.from(BASE62, (digit) => digit.charCodeAt(0));

/** CRC-32 (IEEE 802.3, reflected) of the first `end` characters, of which only the low byte counts. */
function crc32(text: string, end: number): number {
  let crc = 0xffffffff;
  for (let i = 0; i < end; i++) {
    crc = (TABLE[(crc ^ text.charCodeAt(i)) & 0xff] as number) ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** CRC-32 of ASCII text as 6 base62 characters, padded with `0` on the left. It protects nothing secret. */
export function checksum(text: string): string {
  let rest = crc32(text, text.length);
  let digits = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = BASE62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/**
 * Whether the last 6 characters are the {@link checksum} of those before them. Allocates nothing. Looks at
 * the low byte of each character: whoever must tell ASCII from other text checks the alphabet.
 */
export function hasValidChecksum(token: string): boolean {
  const end = token.length - CHECKSUM_LENGTH;
  if (end < 0) return false;
  let rest = crc32(token, end);
  for (let i = token.length - 1; i >= end; i--) {
    if (token.charCodeAt(i) !== DIGITS[rest % 62]) return false;
    rest = Math.floor(rest / 62);
  }
  return true;
}
