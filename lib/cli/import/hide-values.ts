/** Takes out of the service's messages what may be a token that stands in the wrong column. */

/** No shorter text can be imported as a token; names, kinds and scopes are mostly shorter. */
const SHORTEST = 16;
const QUOTED = /"(?:[^"\\]|\\.)*"/g;

/** The message without quoted values of 16 characters or more. */
export function hideValues(message: string): string {
  return message.replace(QUOTED, (quoted) => {
    return quoted.length - 2 < SHORTEST ? quoted : '(a value that is not repeated here)';
  });
}

/** The name of a field, or `null` where it is long enough to be a token. */
export function shownField(field: string | null): string | null {
  return field === null || field.length < SHORTEST || field.startsWith('rateLimit.') ? field : null;
}
