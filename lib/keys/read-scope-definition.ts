/** Reads the parts of a scope definition that stand for themselves: resources, the everything-word, aliases. */
import { ConfigurationError, shown } from '../errors';
import { hint } from './near';
import { isScopeIdentifier } from './scope';
import type { ResourceDetails, ScopeDefinition } from './scope-definition';

/** A resource of a checked definition. */
export interface DeclaredResource {
  readonly actions: readonly string[];
  readonly publishable: ReadonlySet<string>;
  readonly description: string;
}

/** The words of a checked definition. */
export interface DeclaredWords {
  readonly everything: string | null;
  readonly aliases: ReadonlyMap<string, string>;
}

/** The resources of a definition. */
export function readResources(resources: unknown): Map<string, DeclaredResource> {
  const read = new Map<string, DeclaredResource>();
  for (const [name, value] of entriesOf('resources', resources)) {
    const subject = `resources[${shown(name)}]`;
    if (!isScopeIdentifier(name)) {
      throw invalidDefinition(subject, 'must be named with a letter, then letters, digits, "_" and "-"');
    }
    if (!Array.isArray(value)) knownMembers(`${subject}.`, value, ['actions', 'publishable', 'description']);
    const details = (Array.isArray(value) ? { actions: value } : value) as ResourceDetails;
    const actions = listOf(`${subject}.actions`, details.actions);
    const publishable = listOf(`${subject}.publishable`, details.publishable ?? []);
    if (actions.length === 0) throw invalidDefinition(`${subject}.actions`, 'must name at least one action');
    for (const action of actions) {
      if (!isScopeIdentifier(action))
        throw invalidDefinition(`${subject}.actions`, `received ${shown(action)}`);
    }
    for (const action of publishable) {
      if (!actions.includes(action)) {
        throw invalidDefinition(`${subject}.publishable`, `${shown(action)} is none of its actions`);
      }
    }
    const description: unknown = details.description ?? '';
    if (typeof description !== 'string') {
      throw invalidDefinition(`${subject}.description`, `must be a string; received ${shown(description)}`);
    }
    read.set(name, {
      actions: Object.freeze([...new Set(actions as string[])]),
      publishable: new Set(publishable as string[]),
      description,
    });
  }
  if (read.size === 0) throw invalidDefinition('resources', 'must name at least one resource');
  return read;
}

/** The everything-word and the aliases of a definition. */
export function readWords(
  definition: ScopeDefinition,
  resources: ReadonlyMap<string, DeclaredResource>,
): DeclaredWords {
  const everything: unknown = definition.everything ?? null;
  if (everything !== null && (!isScopeIdentifier(everything) || resources.has(everything))) {
    throw invalidDefinition(
      'everything',
      `must be a name that no resource has; received ${shown(everything)}`,
    );
  }
  const aliases = new Map<string, string>();
  for (const [alias, resource] of entriesOf('aliases', definition.aliases ?? {})) {
    const subject = `aliases[${shown(alias)}]`;
    if (!isScopeIdentifier(alias) || resources.has(alias) || alias === everything) {
      throw invalidDefinition(subject, 'must be a name that stands for nothing else');
    }
    if (typeof resource !== 'string' || !resources.has(resource)) {
      throw invalidDefinition(subject, `must stand for a resource; received ${shown(resource)}`);
    }
    aliases.set(alias, resource);
  }
  return { everything, aliases };
}

/** The error of a definition that does not fit together. */
export function invalidDefinition(subject: string, message: string): ConfigurationError {
  return new ConfigurationError('ERR_LATCHKEY_SCOPE_INVALID', `defineScopes: ${subject}`, message);
}

/** The entries of an object that a definition holds. */
export function entriesOf(subject: string, value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidDefinition(subject, `must be an object; received ${shown(value)}`);
  }
  return Object.entries(value);
}

/** An array that a definition holds. */
export function listOf(subject: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidDefinition(subject, `must be an array; received ${shown(value)}`);
  return value as readonly unknown[];
}

/** Refuses members that a definition does not have. */
export function knownMembers(subject: string, value: unknown, known: readonly string[]): void {
  for (const [name] of entriesOf(subject === '' ? 'the definition' : subject.slice(0, -1), value)) {
    if (!known.includes(name))
      throw invalidDefinition(`${subject}${name}`, `is unknown: ${hint(name, known)}`);
  }
}
