/** The catalogue that a definition makes. */
import { InvalidValueError, shown } from '../errors';
import { hint } from './near';
import {
  entriesOf,
  invalidDefinition,
  knownMembers,
  listOf,
  readResources,
  readWords,
  type DeclaredResource,
  type DeclaredWords,
} from './read-scope-definition';
import { isScopeIdentifier, parseScope, scopeOf, type Scope, type ScopeInput } from './scope';
import type { CatalogueDescription, ScopeCatalogue } from './catalogue';
import type { ScopeDefinition } from './scope-definition';

/** A catalogue, checked at its creation; see `defineScopes`. */
export class DefinedCatalogue implements ScopeCatalogue<never> {
  readonly resources: readonly string[];
  readonly levels: readonly string[];
  readonly #resources: ReadonlyMap<string, DeclaredResource>;
  readonly #words: DeclaredWords;
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
    const atoms = this.#atoms(scope);
    const publishable = ({ resource, action }: Scope) =>
      this.#resources.get(resource)?.publishable.has(action);
    return atoms.length > 0 && atoms.every((atom) => publishable(atom) === true);
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
      throw invalidDefinition(subject, (error as Error).message);
    }
  }

  #readImplies(implies: unknown): Map<string, readonly Scope[]> {
    const read = new Map<string, readonly Scope[]>();
    for (const [name, scopes] of entriesOf('implies', implies)) {
      const subject = `implies[${shown(name)}]`;
      const from = this.#parseIn(subject, name);
      if (from.id !== null || from.action === '*' || from.resource === '*') {
        throw invalidDefinition(subject, 'must be a single action of a resource, such as "models:write"');
      }
      const to = listOf(subject, scopes).map((text) => this.#parseIn(subject, text));
      for (const { resource, id, text } of to) {
        if (id !== null || resource === '*') {
          throw invalidDefinition(subject, `must lead to scopes of whole resources; received ${shown(text)}`);
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
        throw invalidDefinition(subject, 'must be named with a letter, then letters, digits, "_" and "-"');
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
          throw invalidDefinition(
            `resources.${resource}.publishable`,
            `names ${shown(action)}, which implies ${beyond.text}, and that is not publishable`,
          );
        }
      }
    }
  }
}
