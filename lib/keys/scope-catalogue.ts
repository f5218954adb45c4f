/** Declares the catalogue of a host's scopes, or does without one. */
import type { ScopeCatalogue } from './catalogue';
import { DefinedCatalogue } from './defined-catalogue';
import { parseScope, type ScopeInput } from './scope';
import type { ScopeDefinition, ScopeDefinitionCheck, ScopeName } from './scope-definition';

export type { ActionDescription, CatalogueDescription, ScopeCatalogue } from './catalogue';
export type { ResourceDefinition, ResourceDetails, ScopeDefinition, ScopeName } from './scope-definition';

/** No catalogue: every well-formed scope goes, there are no levels, and nothing is publishable. */
export const OPEN_CATALOGUE: ScopeCatalogue = Object.freeze({
  levels: Object.freeze([]),
  resources: Object.freeze([]),
  parse: (input: ScopeInput) => parseScope(input),
  level: () => null,
  isPublishable: () => false,
  actionsOf: () => null,
  implied: () => [],
  describe: () => ({ resources: [], levels: [], everything: null, aliases: [] }),
});

/**
 * Declares the scopes of a host. The result carries the union of their names, so that a typo in
 * `requireScope('modls:read')` does not compile.
 *
 * ```ts
 * const scopes = defineScopes({
 *   resources: { models: ['read', 'write'], chat: ['send'] },
 *   implies: { 'models:write': ['models:read'] },
 *   levels: { 'read-only': ['models:read'], admin: ['*'] },
 * });
 * ```
 *
 * `implies` leads from single actions to scopes of whole resources; `*` is never implied.
 *
 * @throws ConfigurationError - `ERR_LATCHKEY_SCOPE_INVALID`, when the parts do not fit together
 */
export function defineScopes<const D extends ScopeDefinition>(
  definition: D & ScopeDefinitionCheck<D>,
): ScopeCatalogue<ScopeName<D>> {
  return new DefinedCatalogue(definition);
}
