/** The four kinds of key. */

/** Every kind of key, in the order in which lists show them. */
export const KEY_KINDS = ['secret', 'publishable', 'temporary', 'scoped'] as const;

/**
 * What a key is for:
 *
 * - `secret`: a server's own key, every scope unless told otherwise;
 * - `publishable`: may be read by anyone, works from its listed origins alone;
 * - `temporary`: minted from a secret key, short-lived, never more than its parent may do now;
 * - `scoped`: narrowed to named scopes, for integrations and people.
 */
export type KeyKind = (typeof KEY_KINDS)[number];

/** Whether a value is the name of a kind. */
export function isKeyKind(value: unknown): value is KeyKind {
  return (KEY_KINDS as readonly unknown[]).includes(value);
}
