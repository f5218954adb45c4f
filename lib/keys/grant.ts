/** What a verified key may do now: grants of scopes, and what two of them have in common. */
import { OPEN_CATALOGUE, type ScopeCatalogue } from './scope-catalogue';
import type { Scope } from './scope';
import { effective, ScopeGrant, type Grant } from './scope-grant';
import { meetOfScopes } from './scope-meet';

export type { Grant } from './scope-grant';

/**
 * The grant of some scopes. Implications and wildcards are expanded here, once.
 *
 * @param catalogue - default: none, see {@link OPEN_CATALOGUE}
 */
export function createGrant(scopes: readonly Scope[], catalogue: ScopeCatalogue = OPEN_CATALOGUE): Grant {
  return new ScopeGrant(scopes, catalogue);
}

/**
 * What both grants allow. `scopes` reads as the meet of both lists: `*` with `models:read` is `models:read`,
 * `models/1:*` with `models:read` is `models/1:read`.
 *
 * @throws TypeError - when the grants are of two catalogues
 */
export function intersectGrants(a: Grant, b: Grant): Grant {
  if (a.allowsAll() || b.parsed.length === 0) return b;
  if (b.allowsAll() || a.parsed.length === 0) return a;
  if (a.catalogue !== b.catalogue)
    throw new TypeError('intersectGrants: both grants must be of one catalogue');
  const { catalogue } = a;
  const scopes = distinct([
    ...a.parsed.filter((scope) => b.covers(scope)),
    ...b.parsed.filter((scope) => a.covers(scope)),
  ]);
  const whole = createGrant(scopes, catalogue);
  const named = new Set<string>();
  for (const scope of effective(a)) {
    for (const other of effective(b)) {
      const part = meetOfScopes(scope, other);
      if (part === null || named.has(part.canonical) || !exists(part, catalogue) || whole.covers(part))
        continue;
      scopes.push(part);
      for (const { canonical } of [part, ...catalogue.implied(part)]) named.add(canonical);
    }
  }
  return scopes.length === whole.parsed.length ? whole : createGrant(scopes, catalogue);
}

function distinct(scopes: readonly Scope[]): Scope[] {
  const first = new Map<string, Scope>();
  for (const scope of scopes) if (!first.has(scope.canonical)) first.set(scope.canonical, scope);
  return [...first.values()];
}

/** The meet of `audit/1:*` and read on everything names an action that audit may not have. */
function exists({ resource, action }: Scope, catalogue: ScopeCatalogue): boolean {
  return action === '*' || (catalogue.actionsOf(resource)?.includes(action) ?? true);
}

/** Grants nothing. */
export const EMPTY_GRANT: Grant = createGrant([]);
