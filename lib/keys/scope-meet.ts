/** The meet of two scopes: what both of them cover. */
import { scopeOf, type Scope } from './scope';

/**
 * The widest scope that both cover, or `null` when they have nothing in common. It is written with a dot
 * (`systems.read`) where one of the two is.
 */
export function meetOfScopes(a: Scope, b: Scope): Scope | null {
  const resource = meetOfNames(a.resource, b.resource, '*');
  const action = meetOfNames(a.action, b.action, '*');
  const id = meetOfNames(a.id, b.id, null);
  if (resource === undefined || action === undefined || id === undefined) return null;
  const dotted = `.${action}`;
  const text =
    id === null && [a, b].some((scope) => scope.text.endsWith(dotted)) ? resource + dotted : undefined;
  return scopeOf(resource, id, action, text);
}

/** The narrower of two names, of which `any` stands for all; `undefined` when they differ. */
function meetOfNames<T extends string | null>(a: T, b: T, any: T): T | undefined {
  if (a === any) return b;
  return b === any || a === b ? a : undefined;
}
