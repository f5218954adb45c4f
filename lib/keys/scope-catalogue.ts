/** The catalogue of a host's scopes: declared once, checked when it is defined. */
import { ConfigurationError, InvalidValueError, shown } from '../errors';
import { hint } from './near';
import {
  isScopeIdentifier,
  parseScope,
  scopeOf,
  type Scope,
  type ScopeInput,
  type ScopeWords,
} from './scope';
import type { ResourceDetails, ScopeDefinition, ScopeDefinitionCheck, ScopeName } from './scope-definition';

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

interface Resource {
  readonly actions: readonly string[];
  readonly publishable: ReadonlySet<string>;
  readonly description: string;
}

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

class DefinedCatalogue implements ScopeCatalogue<never> {
  readonly resources: readonly string[];
  readonly levels: readonly string[];
  readonly #resources: ReadonlyMap<string, Resource>;
  readonly #words: ScopeWords & { readonly aliases: ReadonlyMap<string, string> };
  readonly #levels: ReadonlyMap<string, readonly Scope[]>;
  readonly #implies: ReadonlyMap<string, readonly Scope[]>;

  constructor(definition: ScopeDefinition) {
    knownMembers('', definition, ['resources', 'levels', 'implies', 'everything', 'aliases']);
    this.#resources = readResources(definition.resources);
    this.resources = Object.freeze([...this.#resources.keys()]);
    this.#words = readWords(definition, this.#resources);
    this.#implies = this.#readImplies(definition.implies ?? {});
    this.#levels = this.#readLevels(definition.levels ?? {});
    this.levels = Object.freeze([...this.#levels.keys()]);
    this.#checkPublishable();
    Object.freeze(this);
  }

  parse(input: ScopeInput): Scope {
    const scope = parseScope(input, this.#words);
    if (scope.resource === '*') {
      if (scope.action !== '*' && !this.#actions().includes(scope.action)) {
        throw new InvalidValueError(
          `no resource has the action ${shown(scope.action)} of ${shown(scope.text)}`,
        );
      }
      return scope;
    }
    const resource = this.#resources.get(scope.resource);
    if (resource === undefined) {
      throw new InvalidValueError(
        `there is no resource ${shown(scope.resource)}: ${hint(scope.resource, this.#resourceWords())}`,
      );
    }
    if (scope.action !== '*' && !resource.actions.includes(scope.action)) {
      throw new InvalidValueError(
        `${scope.resource} has no action ${shown(scope.action)}: ${hint(scope.action, resource.actions)}`,
      );
    }
    return scope;
  }

  level(name: string): readonly Scope[] | null {
    return this.#levels.get(name) ?? null;
  }

  isPublishable(scope: Scope): boolean {
    return this.#atoms(scope).every(
      ({ resource, action }) => this.#resources.get(resource)?.publishable.has(action) ?? false,
    );
  }

  actionsOf(resource: string): readonly string[] | null {
    return this.#resources.get(resource)?.actions ?? null;
  }

  implied(scope: Scope): readonly Scope[] {
    const own = this.#atoms(scope);
    const seen = new Set(own.map(({ canonical }) => canonical));
    const found: Scope[] = [];
    const queue = [...own];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const { id, resource } = next;
      for (const implied of this.#implies.get(`${resource}:${next.action}`) ?? []) {
        if (id !== null && implied.resource !== resource) continue;
        const scoped = id === null ? implied : scopeOf(resource, id, implied.action);
        for (const atom of this.#atoms(scoped)) {
          if (seen.has(atom.canonical)) continue;
          seen.add(atom.canonical);
          found.push(atom);
          queue.push(atom);
        }
      }
    }
    return found;
  }

  describe(): CatalogueDescription {
    return {
      resources: Array.from(this.#resources, ([resource, { actions, publishable, description }]) => ({
        resource,
        description,
        actions: actions.map((action) => {
          const scope = scopeOf(resource, null, action);
          return {
            action,
            scope: scope.text,
            publishable: publishable.has(action),
            implies: this.implied(scope).map(({ text }) => text),
          };
        }),
      })),
      levels: Array.from(this.#levels, ([level, scopes]) => ({
        level,
        scopes: scopes.map(({ text }) => text),
      })),
      everything: this.#words.everything ?? null,
      aliases: Array.from(this.#words.aliases, ([alias, resource]) => ({ alias, resource })),
    };
  }

  /** The single actions that a scope covers, as far as they are declared. */
  #atoms(scope: Scope): Scope[] {
    const resources = scope.resource === '*' ? this.resources : [scope.resource];
    return resources.flatMap((resource) => {
      const declared = this.actionsOf(resource) ?? [];
      return declared
        .filter((action) => scope.action === '*' || scope.action === action)
        .map((action) => scopeOf(resource, scope.id, action));
    });
  }

  #actions(): string[] {
    return [...this.#resources.values()].flatMap(({ actions }) => actions);
  }

  #resourceWords(): string[] {
    return [...this.resources, ...this.#words.aliases.keys()];
  }

  #parseIn(subject: string, text: unknown): Scope {
    try {
      return this.parse(text as ScopeInput);
    } catch (error) {
      throw invalid(subject, (error as Error).message);
    }
  }

  #readImplies(implies: unknown): Map<string, readonly Scope[]> {
    const read = new Map<string, readonly Scope[]>();
    for (const [name, scopes] of entriesOf('implies', implies)) {
      const subject = `implies[${shown(name)}]`;
      const from = this.#parseIn(subject, name);
      if (from.id !== null || from.action === '*' || from.resource === '*') {
        throw invalid(subject, 'must be a single action of a resource, such as "models:write"');
      }
      const to = listOf(subject, scopes).map((text) => this.#parseIn(subject, text));
      for (const { resource, id, text } of to) {
        if (id !== null || resource === '*') {
          throw invalid(subject, `must lead to scopes of whole resources; received ${shown(text)}`);
        }
      }
      read.set(from.canonical, [...(read.get(from.canonical) ?? []), ...to]);
    }
    return read;
  }

  #readLevels(levels: unknown): Map<string, readonly Scope[]> {
    const read = new Map<string, readonly Scope[]>();
    for (const [name, scopes] of entriesOf('levels', levels)) {
      const subject = `levels[${shown(name)}]`;
      if (!isScopeIdentifier(name)) {
        throw invalid(subject, 'must be named with a letter, then letters, digits, "_" and "-"');
      }
      read.set(name, Object.freeze(listOf(subject, scopes).map((text) => this.#parseIn(subject, text))));
    }
    return read;
  }

  #checkPublishable(): void {
    for (const [resource, { publishable }] of this.#resources) {
      for (const action of publishable) {
        const beyond = this.implied(scopeOf(resource, null, action)).find(
          (scope) => !this.isPublishable(scope),
        );
        if (beyond) {
          throw invalid(
            `resources.${resource}.publishable`,
            `names ${shown(action)}, which implies ${beyond.text}, and that is not publishable`,
          );
        }
      }
    }
  }
}

function readResources(resources: unknown): Map<string, Resource> {
  const read = new Map<string, Resource>();
  for (const [name, value] of entriesOf('resources', resources)) {
    const subject = `resources[${shown(name)}]`;
    if (!isScopeIdentifier(name)) {
      throw invalid(subject, 'must be named with a letter, then letters, digits, "_" and "-"');
    }
    if (!Array.isArray(value)) knownMembers(`${subject}.`, value, ['actions', 'publishable', 'description']);
    const details = (Array.isArray(value) ? { actions: value } : value) as ResourceDetails;
    const actions = listOf(`${subject}.actions`, details.actions);
    const publishable = listOf(`${subject}.publishable`, details.publishable ?? []);
    if (actions.length === 0) throw invalid(`${subject}.actions`, 'must name at least one action');
    for (const action of actions) {
      if (!isScopeIdentifier(action)) throw invalid(`${subject}.actions`, `received ${shown(action)}`);
    }
    for (const action of publishable) {
      if (!actions.includes(action)) {
        throw invalid(`${subject}.publishable`, `${shown(action)} is none of its actions`);
      }
    }
    const description: unknown = details.description ?? '';
    if (typeof description !== 'string') {
      throw invalid(`${subject}.description`, `must be a string; received ${shown(description)}`);
    }
    read.set(name, {
      actions: Object.freeze([...new Set(actions as string[])]),
      publishable: new Set(publishable as string[]),
      description,
    });
  }
  if (read.size === 0) throw invalid('resources', 'must name at least one resource');
  return read;
}

function readWords(
  definition: ScopeDefinition,
  resources: ReadonlyMap<string, Resource>,
): ScopeWords & { readonly aliases: ReadonlyMap<string, string> } {
  const everything: unknown = definition.everything ?? null;
  if (everything !== null && (!isScopeIdentifier(everything) || resources.has(everything))) {
    throw invalid('everything', `must be a name that no resource has; received ${shown(everything)}`);
  }
  const aliases = new Map<string, string>();
  for (const [alias, resource] of entriesOf('aliases', definition.aliases ?? {})) {
    const subject = `aliases[${shown(alias)}]`;
    if (!isScopeIdentifier(alias) || resources.has(alias) || alias === everything) {
      throw invalid(subject, 'must be a name that stands for nothing else');
    }
    if (typeof resource !== 'string' || !resources.has(resource)) {
      throw invalid(subject, `must stand for a resource; received ${shown(resource)}`);
    }
    aliases.set(alias, resource);
  }
  return { everything, aliases };
}

function invalid(subject: string, message: string): ConfigurationError {
  return new ConfigurationError('ERR_LATCHKEY_SCOPE_INVALID', `defineScopes: ${subject}`, message);
}

function entriesOf(subject: string, value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(subject, `must be an object; received ${shown(value)}`);
  }
  return Object.entries(value);
}

function listOf(subject: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(subject, `must be an array; received ${shown(value)}`);
  return value as readonly unknown[];
}

function knownMembers(subject: string, value: unknown, known: readonly string[]): void {
  for (const [name] of entriesOf(subject === '' ? 'the definition' : subject.slice(0, -1), value)) {
    if (!known.includes(name)) throw invalid(`${subject}${name}`, `is unknown: ${hint(name, known)}`);
  }
}
