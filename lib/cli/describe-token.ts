/** Says what a token is, or what is wrong with it, without asking a store and without repeating it. */
import { CHECKSUM_LENGTH, hasValidChecksum } from '../keys/checksum';
import { KEY_KINDS, type KeyKind } from '../keys/kinds';
import { ID_LENGTH, SECRET_LENGTH, type TokenFormat } from '../keys/token-format';

/** What can be said of a token offline. Holds no part of its secret. */
export type TokenDescription =
  | { readonly wellFormed: true; readonly kind: KeyKind; readonly id: string }
  | { readonly wellFormed: false; readonly kind: KeyKind | null; readonly problem: string };

/** Describes a token. */
export function describeToken(text: string, format: TokenFormat): TokenDescription {
  const parsed = format.parse(text);
  if (parsed !== null) return { wellFormed: true, kind: parsed.kind, id: parsed.id };
  const kind = KEY_KINDS.find((candidate) => text.startsWith(format.prefixes[candidate])) ?? null;
  return { wellFormed: false, kind, problem: problemOf(text, kind, format) };
}

function problemOf(text: string, kind: KeyKind | null, { prefixes }: TokenFormat): string {
  if (kind === null) {
    const known = KEY_KINDS.map((each) => prefixes[each]).join(', ');
    return `It begins with none of ${known}. Has the API prefixes of its own? Then name them in --config.`;
  }
  const prefix = prefixes[kind];
  const length = prefix.length + ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH;
  if (text.length !== length) {
    return `It has ${String(text.length)} characters; a ${kind} key has ${String(length)}. Was it cut, or joined to something?`;
  }
  if (!/^[0-9A-Za-z]*$/.test(text.slice(prefix.length))) {
    return `Behind ${prefix} it holds characters other than letters and digits.`;
  }
  return hasValidChecksum(text) ? 'It cannot be read.' : 'Its checksum does not match: a character is wrong.';
}
