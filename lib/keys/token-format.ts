/** How tokens look: `<prefix><id><secret><checksum>`, generated and taken apart. */
import { InvalidValueError, shown } from '../errors';
import { BASE62, randomBase62, type RandomBytes } from './base62';
import { CHECKSUM_LENGTH, checksum, hasValidChecksum } from './checksum';
import { isKeyKind, KEY_KINDS, type KeyKind } from './kinds';

/** Characters of the id in a token: 95 bits. */
export const ID_LENGTH = 16;
/** Characters of the secret in a token: 190 bits. */
export const SECRET_LENGTH = 32;

const BODY_LENGTH = ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH;

/** The prefixes of a host that names none of its own. */
export const DEFAULT_PREFIXES: Readonly<Record<KeyKind, string>> = Object.freeze({
  secret: 'sk_',
  publishable: 'pk_',
  temporary: 'tk_',
  scoped: 'rk_',
});

/** What a well-formed token says. Nothing of it is proved yet. */
export interface ParsedToken {
  readonly kind: KeyKind;
  /** 16 characters; not secret. */
  readonly id: string;
  /** 32 characters; secret. */
  readonly secret: string;
}

/** The shape of a host's tokens. */
export interface TokenFormat {
  /** The prefix of each kind. */
  readonly prefixes: Readonly<Record<KeyKind, string>>;
  /** A fresh token and the id in it. The token is shown once and never stored. */
  generate(kind: KeyKind): { readonly token: string; readonly id: string };
  /**
   * Takes a token apart; `null` when its prefix, length, alphabet or checksum is wrong. Never throws, reads no
   * store, and says nothing about whether the key exists.
   */
  parse(text: string): ParsedToken | null;
}

/** Options of {@link createTokenFormat}. */
export interface TokenFormatOptions {
  /**
   * Prefixes that replace the default ones (`sk_`, `pk_`, `tk_`, `rk_`): 2 to 16 characters of `A-Z`, `a-z`,
   * `0-9`, `.`, `_`, `-`, starting with a letter or digit and ending in `_`, `-` or `.`; none the beginning
   * of another.
   */
  readonly prefixes?: Partial<Record<KeyKind, string>>;
  /** Default: `crypto.randomBytes`. */
  readonly randomBytes?: RandomBytes;
}

const PREFIX = /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}[._-]$/;

const IN_ALPHABET = new Uint8Array(128);
for (const digit of BASE62) IN_ALPHABET[digit.charCodeAt(0)] = 1;

/**
 * The token format of a host. Checked here, once.
 *
 * @throws InvalidValueError - when a prefix breaks its grammar, or two cannot be told apart
 */
export function createTokenFormat(options: TokenFormatOptions = {}): TokenFormat {
  const prefixes = Object.freeze({ ...DEFAULT_PREFIXES, ...options.prefixes });
  checkPrefixes(prefixes);
  const { secret, publishable, temporary, scoped } = prefixes;

  function kindOf(text: string): KeyKind | null {
    if (text.startsWith(secret)) return 'secret';
    if (text.startsWith(scoped)) return 'scoped';
    if (text.startsWith(temporary)) return 'temporary';
    return text.startsWith(publishable) ? 'publishable' : null;
  }

  return Object.freeze({
    prefixes,
    generate(kind: KeyKind) {
      const id = randomBase62(ID_LENGTH, options.randomBytes);
      const body = prefixes[kind] + id + randomBase62(SECRET_LENGTH, options.randomBytes);
      return { token: body + checksum(body), id };
    },
    parse(text: string): ParsedToken | null {
      const kind = kindOf(text);
      if (kind === null) return null;
      const start = prefixes[kind].length;
      if (text.length !== start + BODY_LENGTH) return null;
      for (let i = start; i < text.length; i++) {
        if (IN_ALPHABET[text.charCodeAt(i)] !== 1) return null;
      }
      if (!hasValidChecksum(text)) return null;
      const secretAt = start + ID_LENGTH;
      return {
        kind,
        // A slice would keep the whole token alive for as long as a cache holds the id.
        id: Buffer.from(text.slice(start, secretAt), 'latin1').toString('latin1'),
        secret: text.slice(secretAt, secretAt + SECRET_LENGTH),
      };
    },
  });
}

function checkPrefixes(
  prefixes: Readonly<Record<string, unknown>>,
): asserts prefixes is Record<KeyKind, string> {
  const known: [kind: string, prefix: string][] = [];
  for (const [kind, prefix] of Object.entries(prefixes)) {
    if (!isKeyKind(kind)) {
      throw new InvalidValueError(
        `there is no kind of key called ${shown(kind)}; the kinds are ${KEY_KINDS.join(', ')}`,
      );
    }
    if (typeof prefix !== 'string' || !PREFIX.test(prefix)) {
      throw new InvalidValueError(
        `the prefix of ${kind} keys must be 2 to 16 characters of A-Z, a-z, 0-9, ".", "_" and "-", start with ` +
          `a letter or digit and end in "_", "-" or "."; received ${shown(prefix)}`,
      );
    }
    known.push([kind, prefix]);
  }
  for (const [kind, prefix] of known) {
    const clash = known.find(([other, longer]) => other !== kind && longer.startsWith(prefix));
    if (clash) {
      throw new InvalidValueError(
        `the prefix of ${kind} keys, ${shown(prefix)}, begins the prefix of ${clash[0]} keys, ` +
          `${shown(clash[1])}: choose prefixes of which none begins another`,
      );
    }
  }
}
