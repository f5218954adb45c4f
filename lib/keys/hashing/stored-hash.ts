/** The text of stored hashes, taken apart. */
import { BCRYPT } from './bcrypt';

/** A stored hash. `digest` is base64url, `bcrypt` is `$2b$…` or `$2a$…`. */
export type StoredHash =
  | { readonly form: 'sha256'; readonly digest: string }
  | { readonly form: 'hmac-sha256'; readonly pepperId: string; readonly digest: string }
  /** `tag` is `null` where the randomness of the token is not known. */
  | { readonly form: 'bcrypt'; readonly tag: string | null; readonly bcrypt: string }
  | { readonly form: 'bcrypt-sha256'; readonly bcrypt: string }
  | { readonly form: 'imported-sha256'; readonly digest: string }
  | { readonly form: 'imported-bcrypt'; readonly bcrypt: string }
  /** `pepperId` is `null` where the secret part of the token was the key. */
  | {
      readonly form: 'imported-hmac-sha512';
      readonly covers: 'token' | 'secret';
      readonly pepperId: string | null;
      readonly digest: string;
    };

const DIGEST_256 = /^[A-Za-z0-9_-]{43}$/;
const DIGEST_512 = /^[A-Za-z0-9_-]{86}$/;
const ID = /^[0-9a-f]{8}$/;

/** Takes a stored hash apart; `null` for every form that is not known. Never throws. */
export function parseStoredHash(stored: string): StoredHash | null {
  const parts = stored.split(':');
  const [form, a = '', b = '', c = ''] = parts;
  switch (form) {
    case 'sha256':
      return parts.length === 2 && DIGEST_256.test(a) ? { form, digest: a } : null;
    case 'hmac-sha256':
      return parts.length === 3 && ID.test(a) && DIGEST_256.test(b) ? { form, pepperId: a, digest: b } : null;
    case 'bcrypt':
      if (parts.length !== 3 || !BCRYPT.test(b) || !(a === '-' || ID.test(a))) return null;
      return { form, tag: a === '-' ? null : a, bcrypt: b };
    case 'bcrypt-sha256':
      return parts.length === 3 && a === '-' && BCRYPT.test(b) ? { form, bcrypt: b } : null;
    case 'imported-sha256':
      return parts.length === 3 && a === 'secret' && DIGEST_256.test(b) ? { form, digest: b } : null;
    case 'imported-bcrypt':
      return parts.length === 3 && a === 'secret' && BCRYPT.test(b) ? { form, bcrypt: b } : null;
    case 'imported-hmac-sha512': {
      const known = (a === 'token' && ID.test(b)) || (a === 'secret' && (b === '-' || ID.test(b)));
      if (parts.length !== 4 || !known || !DIGEST_512.test(c)) return null;
      return { form, covers: a, pepperId: b === '-' ? null : b, digest: c };
    }
    default:
      return null;
  }
}

/** The text of a stored hash. */
export function formatStoredHash(stored: StoredHash): string {
  switch (stored.form) {
    case 'sha256':
      return `sha256:${stored.digest}`;
    case 'hmac-sha256':
      return `hmac-sha256:${stored.pepperId}:${stored.digest}`;
    case 'bcrypt':
      return `bcrypt:${stored.tag ?? '-'}:${stored.bcrypt}`;
    case 'bcrypt-sha256':
      return `bcrypt-sha256:-:${stored.bcrypt}`;
    case 'imported-sha256':
      return `imported-sha256:secret:${stored.digest}`;
    case 'imported-bcrypt':
      return `imported-bcrypt:secret:${stored.bcrypt}`;
    case 'imported-hmac-sha512':
      return `imported-hmac-sha512:${stored.covers}:${stored.pepperId ?? '-'}:${stored.digest}`;
  }
}
