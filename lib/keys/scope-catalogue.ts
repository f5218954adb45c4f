/** The catalogue of a host's scopes: what it answers, and how it is declared. */
import { DefinedCatalogue } from './defined-catalogue';
import { parseScope, type Scope, type ScopeInput } from './scope';
import type { ScopeDefinition, ScopeDefinitionCheck, ScopeName } from './scope-definition';

export type { ResourceDefinition, ResourceDetails, ScopeDefinition, ScopeName } from './scope-definition';

/** One action of a resource, for lists. */
export interface ActionDescription {
  readonly action: string;
  /** The scope that allows it. */
  readonly scope: string;
  /** Whether a publishable key may hold it. */
  readonly publishable: boolean;
  /** The scopes that it brings along. */
  readonly implies: readonly string[];
}

/** A catalogue as plain data, for a console or OpenAPI. */
export interface CatalogueDescription {
  readonly resources: readonly {
    readonly resource: string;
    readonly description: string;
    readonly actions: readonly ActionDescription[];
  }[];
  readonly levels: readonly { readonly level: string; readonly scopes: readonly string[] }[];
  /** The host's own word for `*`, or `null`. */
  readonly everything: string | null;
  readonly aliases: readonly { readonly alias: string; readonly resource: string }[];
}

/** The scopes that exist. `Name` is the union of their names. */
export interface ScopeCatalogue<Name extends string = string> {
  /** For the compiler alone: carries the names. Never set. */
  readonly nameType?: Name;
  /** The names of the levels, in the order of their definition. */
  readonly levels: readonly string[];
  /**
   * Reads a scope.
   *
   * @throws InvalidValueError - when it is malformed, or names a resource or an action that is not declared
   */
  parse(input: ScopeInput): Scope;
  /** The scopes of a level, or `null` when there is no such level. */
  level(name: string): readonly Scope[] | null;
  /** Whether a publishable key may hold the scope; a wildcard may be held if everything it covers may. */
  isPublishable(scope: Scope): boolean;
  /** The declared actions of a resource; `null` when it is not declared, or when every name goes. */
  actionsOf(resource: string): readonly string[] | null;
  /**
   * What the scope brings along, transitively, without the scope itself. A scope of one object brings along
   * scopes of the same resource, for that object.
   */
  implied(scope: Scope): readonly Scope[];
  /** The names of the declared resources; empty when every name goes. */
  readonly resources: readonly string[];
  /** Plain data for lists. */
  describe(): CatalogueDescription;
}

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
