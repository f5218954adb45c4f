/** What a catalogue of scopes answers. */
import type { Scope, ScopeInput } from './scope';

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
