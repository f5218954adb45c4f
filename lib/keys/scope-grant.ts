/** A grant made of scopes: everything is expanded when it is made, so that asking is a look-up. */
import type { ScopeCatalogue } from './catalogue';
import type { Scope } from './scope';

/** What a key may do. An empty one grants nothing; only `*` grants everything. */
export interface Grant {
  /** The scopes in the notation in which they were written. */
  readonly scopes: readonly string[];
  /** The same scopes, taken apart. */
  readonly parsed: readonly Scope[];
  /** What the scopes were expanded with. */
  readonly catalogue: ScopeCatalogue;
  /**
   * Whether a guard that asks for `scope` lets the key pass. Allocates nothing for a declared action.
   *
   * A guard that asks for every action (`systems:*`, `systems`) is satisfied by a wildcard, or by all declared
   * actions together; without a catalogue a bare `systems` is satisfied by `systems.read` with `systems.write`
   * too.
   *
   * @param objectId - the object at hand: then scopes of that object count as well. A scope that names an
   * object itself is about that object, whatever is passed here.
   */
  allows(scope: Scope, objectId?: string): boolean;
  /** Whether everything is granted: a `*` is held. */
  allowsAll(): boolean;
  /**
   * Whether all that holding `scope` would grant is granted already, wildcards, objects and implications
   * included: what a key must pass to hand the scope on.
   */
  covers(scope: Scope): boolean;
}

/** What is granted on one resource, or on one object of it. */
interface Holding {
  /** Every action, or every declared one. */
  every: boolean;
  readonly actions: Set<string>;
}

interface ResourceHolding extends Holding {
  /** By object id; each includes what is granted on the whole resource. */
  readonly objects: Map<string, Holding>;
}

/** See `createGrant`. */
export class ScopeGrant implements Grant {
  readonly scopes: readonly string[];
  readonly parsed: readonly Scope[];
  readonly catalogue: ScopeCatalogue;
  readonly #all: boolean;
  readonly #canonical = new Set<string>();
  readonly #resources = new Map<string, ResourceHolding>();
  /** Actions granted on every resource: `*:read`. */
  readonly #anywhere = new Set<string>();

  constructor(scopes: readonly Scope[], catalogue: ScopeCatalogue) {
    this.catalogue = catalogue;
    this.parsed = Object.freeze([...scopes]);
    this.scopes = Object.freeze(scopes.map(({ text }) => text));
    this.#all = scopes.some(({ canonical }) => canonical === '*');
    if (!this.#all) for (const scope of effective(this)) this.#hold(scope);
    for (const [resource, holding] of this.#resources) this.#complete(resource, holding);
    Object.freeze(this);
  }

  allows(scope: Scope, objectId?: string): boolean {
    if (this.#all || this.#canonical.has(scope.canonical)) return true;
    const holding = this.#resources.get(scope.resource);
    if (this.#satisfies(holding, scope)) return true;
    if (holding === undefined || holding.objects.size === 0) return false;
    const id = scope.id ?? objectId;
    return id !== undefined && this.#satisfies(holding.objects.get(id), scope);
  }

  allowsAll(): boolean {
    return this.#all;
  }

  covers(scope: Scope): boolean {
    if (this.#all) return true;
    return [scope, ...this.catalogue.implied(scope)].every((each) => this.#coversOne(each));
  }

  #coversOne({ resource, id, action }: Scope): boolean {
    if (this.#anywhere.has(action)) return true;
    const holding = this.#resources.get(resource);
    if (holding === undefined) return false;
    const object = id === null ? undefined : holding.objects.get(id);
    return (
      holding.every ||
      holding.actions.has(action) ||
      object?.every === true ||
      object?.actions.has(action) === true
    );
  }

  #satisfies(holding: Holding | undefined, scope: Scope): boolean {
    if (holding?.every === true || this.#holds(holding, scope.action)) return true;
    return (
      isBare(scope) &&
      this.catalogue.actionsOf(scope.resource) === null &&
      this.#holds(holding, 'read') &&
      this.#holds(holding, 'write')
    );
  }

  #holds(holding: Holding | undefined, action: string): boolean {
    return holding?.actions.has(action) === true || this.#anywhere.has(action);
  }

  #hold(scope: Scope): void {
    this.#canonical.add(scope.canonical);
    const { resource, id, action } = scope;
    if (resource === '*') {
      this.#anywhere.add(action);
      for (const name of this.catalogue.resources) {
        if (this.catalogue.actionsOf(name)?.includes(action) === true)
          this.#holdingOf(name).actions.add(action);
      }
      return;
    }
    const whole = this.#holdingOf(resource);
    let holding: Holding = whole;
    if (id !== null) {
      holding = whole.objects.get(id) ?? { every: false, actions: new Set() };
      whole.objects.set(id, holding);
    }
    if (action === '*') holding.every = true;
    else holding.actions.add(action);
  }

  #holdingOf(resource: string): ResourceHolding {
    let holding = this.#resources.get(resource);
    if (holding === undefined) {
      holding = { every: false, actions: new Set(), objects: new Map() };
      this.#resources.set(resource, holding);
    }
    return holding;
  }

  /** Lets objects inherit from their resource, and finds out where all declared actions came together. */
  #complete(resource: string, whole: ResourceHolding): void {
    const declared = this.catalogue.actionsOf(resource);
    for (const holding of [whole, ...whole.objects.values()]) {
      for (const action of whole.actions) holding.actions.add(action);
      holding.every ||= declared?.every((action) => holding.actions.has(action)) ?? false;
    }
  }
}

/** The scopes of a grant with all that they bring along. */
export function effective({ parsed, catalogue }: Pick<Grant, 'parsed' | 'catalogue'>): Scope[] {
  return [...parsed, ...parsed.flatMap((scope) => catalogue.implied(scope))];
}

/** Whether a scope was written as a resource alone, which may mean its read and write together. */
function isBare(scope: Scope): boolean {
  return scope.action === '*' && scope.resource !== '*' && !scope.text.includes(':');
}
