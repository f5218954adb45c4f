/** The hasher of a host: one policy for new hashes, every known form for old ones. */
import { timingSafeEqual } from 'node:crypto';
import { InvalidValueError, shown } from '../../errors';
import type { RandomBytes } from '../base62';
import { hasValidChecksum } from '../checksum';
import type { KeyKind } from '../kinds';
import { BCRYPT_MAX_COST, BCRYPT_MIN_COST, bcryptCompare, bcryptHash, fitsBcrypt } from './bcrypt';
import type { ForeignHash, Hasher } from './hasher';
import { hmacSha256, hmacSha512, pepperOf, readPeppers } from './hmac';
import { readForeignHash, splitToken } from './imported';
import { isSameDigest, isSha256Of, sha256Base64, sha256Base64url, sha256Hex } from './sha256';
import { formatStoredHash, parseStoredHash, type StoredHash } from './stored-hash';

/** Options of {@link createHasher}. */
export interface HasherOptions {
  /**
   * Secrets from outside the database, at least 32 characters each; the first is the current one, the others
   * are for keys hashed before. Default: none; then secret and scoped keys are hashed with bcrypt.
   */
  readonly pepper?: string | readonly string[];
  /** Cost of new bcrypt hashes, 4 to 15; default 10, about 50 ms a hash. */
  readonly bcryptCost?: number;
  /** Source of salts; default: `crypto.randomBytes`. */
  readonly randomBytes?: RandomBytes;
}

/**
 * Creates a {@link Hasher}. bcrypt is loaded when it is first needed.
 *
 * @throws InvalidValueError - when a pepper is too short or given twice, or the cost is out of range
 */
export function createHasher(options: HasherOptions = {}): Hasher {
  const { bcryptCost = 10, randomBytes } = options;
  if (!Number.isInteger(bcryptCost) || bcryptCost < BCRYPT_MIN_COST || bcryptCost > BCRYPT_MAX_COST) {
    throw new InvalidValueError(
      `bcryptCost must be a whole number from 4 to 15; received ${shown(bcryptCost)}`,
    );
  }
  const peppers = options.pepper === undefined ? [] : readPeppers(options.pepper);
  const keys = new Map(peppers.map(({ id, key }) => [id, key]));
  const [current] = peppers;

  function hash(kind: KeyKind, token: string): string | Promise<string> {
    if (isPlain(kind)) return formatStoredHash({ form: 'sha256', digest: sha256Base64url(token) });
    if (current === undefined) return hashWithBcrypt(token);
    const digest = hmacSha256(current.key, token).toString('base64url');
    return formatStoredHash({ form: 'hmac-sha256', pepperId: current.id, digest });
  }

  async function hashWithBcrypt(token: string): Promise<string> {
    if (!fitsBcrypt(token)) {
      const bcrypt = await bcryptHash(sha256Base64(token), bcryptCost, randomBytes);
      return formatStoredHash({ form: 'bcrypt-sha256', bcrypt });
    }
    const bcrypt = await bcryptHash(token, bcryptCost, randomBytes);
    return formatStoredHash({ form: 'bcrypt', tag: hasValidChecksum(token) ? tagOf(token) : null, bcrypt });
  }

  function verify(stored: string, token: string): boolean | Promise<boolean> {
    const parsed = parseStoredHash(stored);
    if (parsed === null) return false;
    switch (parsed.form) {
      case 'sha256':
        return isSha256Of(parsed.digest, token);
      case 'hmac-sha256': {
        const key = keys.get(parsed.pepperId);
        return key !== undefined && isSameDigest(parsed.digest, hmacSha256(key, token));
      }
      case 'bcrypt':
        if (!fitsBcrypt(token) || (parsed.tag !== null && !isTagOf(parsed.tag, token))) return false;
        return bcryptCompare(token, parsed.bcrypt);
      case 'bcrypt-sha256':
        return !fitsBcrypt(token) && bcryptCompare(sha256Base64(token), parsed.bcrypt);
      case 'imported-sha256':
      case 'imported-bcrypt':
        return verifySecret(parsed, token);
      case 'imported-hmac-sha512':
        return verifyHmacSha512(parsed, token);
    }
  }

  function verifyHmacSha512(
    { covers, pepperId, digest }: StoredHash & { form: 'imported-hmac-sha512' },
    token: string,
  ): boolean {
    const parts = splitToken(token);
    if (pepperId === null) {
      return parts !== null && isSameDigest(digest, hmacSha512(pepperOf(parts.secret).key, parts.id));
    }
    const key = keys.get(pepperId);
    const text = covers === 'token' ? token : parts?.secret;
    return key !== undefined && text !== undefined && isSameDigest(digest, hmacSha512(key, text));
  }

  function lookupFor(token: string): string[] {
    return [
      ...peppers.map(
        ({ id, key }) => `hmac:${id}:${hmacSha256(key, `latchkey:lookup:${token}`).toString('base64url')}`,
      ),
      `sha256:${sha256Base64url(token)}`,
    ];
  }

  return Object.freeze({
    hash,
    verify,
    refutes(stored: string, token: string): boolean {
      const parsed = parseStoredHash(stored);
      if (parsed === null) return true;
      if (parsed.form === 'bcrypt' && parsed.tag !== null) return !isTagOf(parsed.tag, token);
      return !('bcrypt' in parsed) && verify(stored, token) === false;
    },
    readable(stored: string): boolean {
      const parsed = parseStoredHash(stored);
      if (parsed === null) return false;
      return !('pepperId' in parsed) || parsed.pepperId === null || keys.has(parsed.pepperId);
    },
    isCurrent(stored: string, kind: KeyKind): boolean {
      const parsed = parseStoredHash(stored);
      if (parsed === null) return false;
      if (isPlain(kind)) return parsed.form === 'sha256';
      if (current !== undefined) return parsed.form === 'hmac-sha256' && parsed.pepperId === current.id;
      return (
        (parsed.form === 'bcrypt' || parsed.form === 'bcrypt-sha256') && costOf(parsed.bcrypt) >= bcryptCost
      );
    },
    needsQueue(stored: string): boolean {
      const parsed = parseStoredHash(stored);
      return parsed !== null && 'bcrypt' in parsed && !('tag' in parsed && parsed.tag !== null);
    },
    lookup: (token: string) => lookupFor(token)[0] as string,
    lookupFor,
    importHash: (foreign: ForeignHash) => formatStoredHash(readForeignHash(foreign, peppers)),
    digest: sha256Hex,
  });
}

/** Kinds to which a slow hash brings nothing: public keys, and random ones that live for an hour. */
function isPlain(kind: KeyKind): boolean {
  return kind === 'temporary' || kind === 'publishable';
}

function verifySecret(
  stored: StoredHash & { form: 'imported-sha256' | 'imported-bcrypt' },
  token: string,
): boolean | Promise<boolean> {
  const secret = splitToken(token)?.secret;
  if (secret === undefined) return false;
  if (stored.form === 'imported-sha256') return isSha256Of(stored.digest, secret);
  return fitsBcrypt(secret) && bcryptCompare(secret, stored.bcrypt);
}

/** 32 bits of the SHA-256 of a token in hexadecimal: too few to find it by, enough to turn away a wrong one. */
function tagOf(token: string): string {
  return sha256Hex(token).slice(0, 8);
}

function isTagOf(tag: string, token: string): boolean {
  return timingSafeEqual(Buffer.from(tag, 'latin1'), Buffer.from(tagOf(token), 'latin1'));
}

function costOf(bcrypt: string): number {
  return Number(bcrypt.slice(4, 6));
}
