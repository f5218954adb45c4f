/** Digests of earlier systems: read at import, and the parts of the tokens that they cover. */
import { InvalidValueError, shown } from '../../errors';
import { BCRYPT, BCRYPT_MAX_COST, BCRYPT_MIN_COST } from './bcrypt';
import type { ForeignHash } from './hasher';
import { pepperOf, type Pepper } from './hmac';
import type { StoredHash } from './stored-hash';

/**
 * Takes `<id>.<secret>` apart at its last dot, since ids may hold dots (`tenant.key`) and secrets do not.
 * `null` when there is no dot, or nothing on one side of it.
 */
export function splitToken(token: string): { readonly id: string; readonly secret: string } | null {
  const dot = token.lastIndexOf('.');
  if (dot < 1 || dot === token.length - 1) return null;
  return { id: token.slice(0, dot), secret: token.slice(dot + 1) };
}

/**
 * Reads an earlier system's digest.
 *
 * @throws InvalidValueError - when it has the wrong length or shape; never with any part of it
 */
export function readForeignHash(foreign: ForeignHash, peppers: readonly Pepper[]): StoredHash {
  const { algorithm, covers, key } = foreign;
  const part: unknown = covers;
  if (part !== 'token' && part !== 'secret') {
    throw new InvalidValueError(`covers must be "token" or "secret"; received ${shown(part)}`);
  }
  if (typeof foreign.digest !== 'string') throw new InvalidValueError('the digest must be a string');
  if (key !== undefined && algorithm !== 'hmac-sha512') {
    throw new InvalidValueError(`a key goes with hmac-sha512 alone; received algorithm ${shown(algorithm)}`);
  }
  switch (algorithm) {
    case 'bcrypt': {
      const bcrypt = readBcrypt(foreign.digest);
      return covers === 'token' ? { form: 'bcrypt', tag: null, bcrypt } : { form: 'imported-bcrypt', bcrypt };
    }
    case 'sha256': {
      const digest = readDigest(foreign.digest, 32, algorithm);
      return { form: covers === 'token' ? 'sha256' : 'imported-sha256', digest };
    }
    case 'hmac-sha512': {
      const digest = readDigest(foreign.digest, 64, algorithm);
      return { form: 'imported-hmac-sha512', covers, pepperId: pepperIdOf(key, covers, peppers), digest };
    }
    default:
      throw new InvalidValueError(
        `algorithm must be "bcrypt", "sha256" or "hmac-sha512"; received ${shown(algorithm)}`,
      );
  }
}

function pepperIdOf(
  key: string | undefined,
  covers: ForeignHash['covers'],
  peppers: readonly Pepper[],
): string | null {
  if (key === undefined) {
    if (covers === 'secret') return null;
    throw new InvalidValueError('hmac-sha512 of the whole token needs the key that it was made with');
  }
  const id = typeof key === 'string' && key !== '' ? pepperOf(key).id : null;
  if (!peppers.some((pepper) => pepper.id === id)) {
    throw new InvalidValueError('the key of hmac-sha512 must be one of the peppers: it is never stored');
  }
  return id;
}

function readBcrypt(digest: string): string {
  const normal = digest.replace(/^\$2y\$/, '$2b$');
  const cost = Number(BCRYPT.exec(normal)?.[1]);
  if (!(cost >= BCRYPT_MIN_COST && cost <= BCRYPT_MAX_COST)) {
    throw new InvalidValueError(
      'a bcrypt digest must read $2a$, $2b$ or $2y$, a cost from 04 to 15, and 53 characters of salt and hash',
    );
  }
  return normal;
}

/** A digest of `size` bytes in hexadecimal, base64 or base64url, as base64url. */
function readDigest(digest: string, size: number, algorithm: string): string {
  if (digest.length === size * 2 && /^[0-9A-Fa-f]+$/.test(digest)) {
    return Buffer.from(digest, 'hex').toString('base64url');
  }
  const url = digest.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_');
  const bytes = Buffer.from(url, 'base64url');
  if (bytes.length !== size || bytes.toString('base64url') !== url) {
    throw new InvalidValueError(
      `a digest of ${algorithm} must be ${String(size)} bytes in hexadecimal, base64 or base64url; ` +
        `received ${String(digest.length)} characters`,
    );
  }
  return url;
}
