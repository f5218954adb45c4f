/** Grants of records, computed once for equal scopes and levels. */
import { LRUCache } from 'lru-cache';
import { createGrant, EMPTY_GRANT, intersectGrants, type Grant } from '../keys/grant';
import type { Scope } from '../keys/scope';
import type { ScopeCatalogue } from '../keys/scope-catalogue';
import { InvalidValueError } from '../errors';

/** How many different combinations of scopes and level are held. */
const MAX_GRANTS = 1_000;

/** The grant of a list of scopes, capped by a level. */
export type GrantOf = (scopes: readonly string[], level: string | null) => Grant;

/**
 * Makes {@link GrantOf} for a catalogue. Scopes that the catalogue does not know (any more) grant nothing,
 * and a level that it does not know grants nothing at all.
 */
export function createGrants(catalogue: ScopeCatalogue): GrantOf {
  const grants = new LRUCache<string, Grant>({ max: MAX_GRANTS });

  function known(scopes: readonly string[]): Scope[] {
    return scopes.flatMap((text) => {
      try {
        return [catalogue.parse(text)];
      } catch (error) {
        if (error instanceof InvalidValueError) return [];
        throw error;
      }
    });
  }

  function compute(scopes: readonly string[], level: string | null): Grant {
    const own = createGrant(known(scopes), catalogue);
    if (level === null) return own;
    const cap = catalogue.level(level);
    return cap === null ? EMPTY_GRANT : intersectGrants(own, createGrant(cap, catalogue));
  }

  return (scopes, level) => {
    const name = JSON.stringify([level, ...scopes]);
    let grant = grants.get(name);
    if (grant === undefined) {
      grant = compute(scopes, level);
      grants.set(name, grant);
    }
    return grant;
  };
}
