/** Recognizes tokens of an earlier system, which do not have latchkey's own shape. */

/** Shortest token of an earlier system: anything shorter can be guessed. */
export const MIN_IMPORTED_LENGTH = 16;
/** Longest token of any kind, in characters. */
export const MAX_TOKEN_LENGTH = 512;

/** Visible ASCII without separators that a header or a cookie could not carry. */
const WELL_FORMED = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

/** Whether a text may be a token of an earlier system. */
export function isImportable(token: string): boolean {
  return token.length >= MIN_IMPORTED_LENGTH && token.length <= MAX_TOKEN_LENGTH && WELL_FORMED.test(token);
}
