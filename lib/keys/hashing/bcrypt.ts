/** bcrypt, loaded when it is first needed, and never given more than it looks at. */
import { randomBytes as nodeRandomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import type { RandomBytes } from '../base62';

/** bcrypt looks at this many bytes and passes over the rest. */
export const BCRYPT_MAX_BYTES = 72;
/** The highest cost that is taken: about 1.5 s a hash. */
export const BCRYPT_MAX_COST = 15;
/** The lowest cost that bcrypt knows. */
export const BCRYPT_MIN_COST = 4;

/** `$2b$<cost>$<salt><hash>`; the last character of both parts holds fewer than six bits. */
export const BCRYPT = /^\$2[ab]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/;

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BCRYPT64 = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

let bcrypt: typeof import('bcrypt') | undefined;

/** Whether bcrypt would look at all of the text. */
export function fitsBcrypt(text: string): boolean {
  return Buffer.byteLength(text) <= BCRYPT_MAX_BYTES;
}

/**
 * bcrypt of text (UTF-8), as `$2b$…`.
 *
 * @throws RangeError - for more than 72 bytes: they are never cut off
 */
export async function bcryptHash(
  text: string,
  cost: number,
  randomBytes: RandomBytes = nodeRandomBytes,
): Promise<string> {
  if (!fitsBcrypt(text)) throw new RangeError('bcrypt takes at most 72 bytes');
  const salt = Buffer.from(randomBytes(16))
    .toString('base64')
    .slice(0, 22)
    .replace(/./g, (digit) => BCRYPT64.charAt(BASE64.indexOf(digit)));
  return load().hash(text, `$2b$${String(cost).padStart(2, '0')}$${salt}`);
}

/**
 * Whether a bcrypt hash is that of text (UTF-8).
 *
 * @throws RangeError - for more than 72 bytes
 */
export async function bcryptCompare(text: string, hashed: string): Promise<boolean> {
  if (!fitsBcrypt(text)) throw new RangeError('bcrypt takes at most 72 bytes');
  return load().compare(text, hashed);
}

function load(): typeof import('bcrypt') {
  bcrypt ??= createRequire(__filename)('bcrypt') as typeof import('bcrypt');
  return bcrypt;
}
