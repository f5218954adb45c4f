/** What a host writes to declare its scopes, and the names that follow from it. */

/** A resource with more to say than its actions. */
export interface ResourceDetails {
  /** What can be done with it. */
  readonly actions: readonly string[];
  /** The actions that a publishable key may hold; default: none. */
  readonly publishable?: readonly string[];
  /** For people: the console and OpenAPI show it. */
  readonly description?: string;
}

/** A resource: its actions, or its details. */
export type ResourceDefinition = readonly string[] | ResourceDetails;

/** The argument of `defineScopes`, as data. */
export interface ScopeDefinition {
  /** Every resource with its actions. */
  readonly resources: Readonly<Record<string, ResourceDefinition>>;
  /** Named bundles of scopes, such as `read-only`, `standard`, `admin`. */
  readonly levels?: Readonly<Record<string, readonly string[]>>;
  /** What holding a scope brings along; transitive. `{ 'models:write': ['models:read'] }` */
  readonly implies?: Readonly<Record<string, readonly string[]>>;
  /** A word of the host's own for `*`; with it `word.read` is read on every resource. */
  readonly everything?: string;
  /** Other spellings of resources: `{ guest: 'guests' }`. */
  readonly aliases?: Readonly<Record<string, string>>;
}

type Actions<R> = R extends readonly (infer A extends string)[]
  ? A
  : R extends { readonly actions: readonly (infer A extends string)[] }
    ? A
    : never;

type NamesOf<R extends string, A extends string> =
  | R
  | `${R}:${A}`
  | `${R}:*`
  | `${R}/${string}:${A}`
  | `${R}/${string}:*`
  | `${R}.${Extract<A, 'read' | 'write'>}`;

type ResourceNames<Resources> = {
  [R in keyof Resources & string]: NamesOf<R, Actions<Resources[R]>>;
}[keyof Resources & string];

type AliasNames<D extends ScopeDefinition> = D extends { readonly aliases: infer Aliases }
  ? {
      [Alias in keyof Aliases & string]: Aliases[Alias] extends keyof D['resources']
        ? NamesOf<Alias, Actions<D['resources'][Aliases[Alias]]>>
        : never;
    }[keyof Aliases & string]
  : never;

type EverythingNames<D extends ScopeDefinition> = D extends { readonly everything: infer Word extends string }
  ? Word | `${Word}:*` | `${Word}:${'read' | 'write'}` | `${Word}.${'read' | 'write'}`
  : never;

/** The union of the scopes that a definition allows, in every notation; a typo is no member of it. */
export type ScopeName<D extends ScopeDefinition> =
  '*' | ResourceNames<D['resources']> | AliasNames<D> | EverythingNames<D>;

/** What the compiler holds a definition to, beyond its shape: that its parts name each other rightly. */
export type ScopeDefinitionCheck<D extends ScopeDefinition> = Readonly<
  Record<Exclude<keyof D, keyof ScopeDefinition>, never>
> & {
  readonly resources: {
    readonly [R in keyof D['resources']]: D['resources'][R] extends readonly string[]
      ? unknown
      : { readonly publishable?: readonly Actions<D['resources'][R]>[] };
  };
  readonly levels?: Readonly<Record<string, readonly ScopeName<D>[]>>;
  readonly implies?: {
    readonly [Name in keyof D['implies']]: Name extends ScopeName<D> ? readonly ScopeName<D>[] : never;
  };
  readonly aliases?: Readonly<Record<string, keyof D['resources'] & string>>;
};
