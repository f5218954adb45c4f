/** SHA-256 in one shot: half the cost of a hash object. */
import { hash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of text (UTF-8) in hexadecimal. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}

/** SHA-256 of text (UTF-8) in base64url. */
export function sha256Base64url(text: string): string {
  return hash('sha256', text, 'base64url');
}

/** SHA-256 of text (UTF-8) in base64: 44 characters. */
export function sha256Base64(text: string): string {
  return hash('sha256', text, 'base64');
}

/** Compares a SHA-256 digest in base64url with that of text, in constant time. */
export function isSha256Of(digest: string, text: string): boolean {
  return isSameDigest(digest, hash('sha256', text, 'buffer'));
}

/** Compares a digest in base64url with bytes, in constant time. */
export function isSameDigest(digest: string, bytes: Buffer): boolean {
  const stored = Buffer.from(digest, 'base64url');
  return stored.length === bytes.length && timingSafeEqual(stored, bytes);
}
