/** Peppers: secrets that live outside the database and key the HMACs in it. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { InvalidValueError } from '../../errors';

/** A pepper, ready for use. Its text is not kept. */
export interface Pepper {
  /** 8 hexadecimal digits that name the pepper in stored forms and tell nothing about it. */
  readonly id: string;
  readonly key: KeyObject;
}

/** Fewest characters of a pepper. */
export const PEPPER_LENGTH = 32;

/**
 * Reads peppers; the first is the current one. Keys are `KeyObject`s, since a key of bytes costs ten times
 * as much on Node 24.
 *
 * @throws InvalidValueError - when one is shorter than 32 characters, or two are equal; never with a value
 */
export function readPeppers(pepper: string | readonly string[]): readonly Pepper[] {
  const written: unknown = typeof pepper === 'string' ? [pepper] : pepper;
  if (!Array.isArray(written)) throw new InvalidValueError('pepper must be a string or an array of strings');
  if (written.length === 0)
    throw new InvalidValueError('pepper must name at least one secret, or be left out');
  const byId = new Map<string, Pepper>();
  for (const [index, text] of (written as unknown[]).entries()) {
    if (typeof text !== 'string' || text.length < PEPPER_LENGTH) {
      throw new InvalidValueError(
        `pepper ${String(index + 1)} must be a string of at least ${String(PEPPER_LENGTH)} characters; ` +
          `received ${typeof text === 'string' ? String(text.length) : `a ${typeof text}`}`,
      );
    }
    const read = pepperOf(text);
    if (byId.has(read.id)) {
      throw new InvalidValueError(`pepper ${String(index + 1)} is given twice: name each pepper once`);
    }
    byId.set(read.id, read);
  }
  return [...byId.values()];
}

/** The pepper of a text, whatever its length. */
export function pepperOf(text: string): Pepper {
  const key = createSecretKey(text, 'utf8');
  return { id: createHmac('sha256', key).update('latchkey:pepper-id').digest('hex').slice(0, 8), key };
}

/** HMAC-SHA-256 of text (UTF-8). */
export function hmacSha256(key: KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** HMAC-SHA-512 of text (UTF-8). */
export function hmacSha512(key: KeyObject, text: string): Buffer {
  return createHmac('sha512', key).update(text).digest();
}
