/** A scope: the right to do one thing, read from any of the notations in which people write it. */
import { InvalidValueError, shown } from '../errors';

/** A scope, taken apart. Compared by `canonical`, shown by `text`. */
export interface Scope {
  /** `*` for every resource. */
  readonly resource: string;
  /** The one object that the scope is narrowed to, or `null`. */
  readonly id: string | null;
  /** `*` for every action. */
  readonly action: string;
  /** The notation in which the scope was written. */
  readonly text: string;
  /** `resource:action`, `resource/id:action`, `*`, or `*:action` for one action on every resource. */
  readonly canonical: string;
}

/** A scope as a member of a JSON body. No `action` means every action; no `resourceId` means every object. */
export interface ScopeObject {
  readonly resource: string;
  readonly action?: string;
  readonly resourceId?: string;
}

/** A scope as people write it. */
export type ScopeInput = string | ScopeObject;

/** Words of a catalogue that stand for something else. */
export interface ScopeWords {
  /** A word for `*`; `public.read` is then read on every resource. */
  readonly everything?: string | null;
  /** Other spellings of resources. */
  readonly aliases?: ReadonlyMap<string, string>;
}

const NAME = '[A-Za-z][A-Za-z0-9_-]{0,127}';
/** Unreserved URL characters (RFC 3986, 2.3). */
const OBJECT = '[A-Za-z0-9._~-]{1,128}';

const IDENTIFIER = new RegExp(`^${NAME}$`);
const OBJECT_ID = new RegExp(`^${OBJECT}$`);
const SCOPE = new RegExp(`^(${NAME})(?:\\.(read|write)|(?:/(${OBJECT}))?:(\\*|${NAME}))?$`);

const GRAMMAR =
  'write resource:action, resource/id:action, resource:*, resource.read, resource.write, resource or *; ' +
  'names start with a letter and hold letters, digits, "_" and "-"';

/** Whether a name can stand for a resource or an action: a letter, then letters, digits, `_`, `-`; at most 128. */
export function isScopeIdentifier(name: unknown): name is string {
  return typeof name === 'string' && IDENTIFIER.test(name);
}

/**
 * Reads a scope. Case-sensitive. Whatever it accepts is a scope-token of RFC 6749, 3.3, so that scopes can
 * stand in a challenge, separated by spaces.
 *
 * - `resource:action`, `resource/id:action`, `resource:*`, `resource/id:*`, `*`;
 * - `resource.read`, `resource.write`, and no other suffix after a dot;
 * - a bare `resource`: every action;
 * - `{ resource, action?, resourceId? }` without further members. A member that is there and `undefined` is
 *   refused, since leaving it out would widen the scope unseen.
 *
 * @param words - the everything-word and the aliases of a catalogue; default: none
 * @throws InvalidValueError - when it is malformed
 */
export function parseScope(input: ScopeInput, words: ScopeWords = {}): Scope {
  const written: unknown = input;
  if (typeof written === 'string') return parseText(written, words);
  if (typeof written !== 'object' || written === null || Array.isArray(written)) {
    throw new InvalidValueError(`a scope must be a string or an object; received ${shown(written)}`);
  }
  return parseObject(written, words);
}

/** A scope of parts that follow the grammar; `text` defaults to the canonical form. */
export function scopeOf(resource: string, id: string | null, action: string, text?: string): Scope {
  const object = id === null ? resource : `${resource}/${id}`;
  const canonical = object === '*' && action === '*' ? '*' : `${object}:${action}`;
  return Object.freeze({ resource, id, action, text: text ?? canonical, canonical });
}

function parseText(text: string, words: ScopeWords): Scope {
  if (text === '*') return scopeOf('*', null, '*');
  const [, resource, suffix, id, action] = SCOPE.exec(text) ?? [];
  if (resource === undefined) throw new InvalidValueError(`${shown(text)} is not a scope: ${GRAMMAR}`);
  return resolve(resource, id ?? null, suffix ?? action ?? '*', text, words);
}

function parseObject(input: object, words: ScopeWords): Scope {
  for (const name of Object.keys(input)) {
    if (name !== 'resource' && name !== 'action' && name !== 'resourceId') {
      throw new InvalidValueError(
        `a scope has no member ${shown(name)}; its members are resource, action and resourceId`,
      );
    }
  }
  const { resource, action, resourceId } = input as Record<string, unknown>;
  const wide = !('action' in input) && !('resourceId' in input);
  if (resource === '*' && wide) return scopeOf('*', null, '*');
  if (!isScopeIdentifier(resource)) {
    throw new InvalidValueError(`the resource of a scope must be a name; received ${shown(resource)}`);
  }
  if ('action' in input && action !== '*' && !isScopeIdentifier(action)) {
    throw new InvalidValueError(`the action of a scope must be a name or "*"; received ${shown(action)}`);
  }
  if ('resourceId' in input && !(typeof resourceId === 'string' && OBJECT_ID.test(resourceId))) {
    throw new InvalidValueError(
      'the resourceId of a scope must be 1 to 128 letters, digits, ".", "_", "~" or "-"; ' +
        `received ${shown(resourceId)}`,
    );
  }
  const id = (resourceId as string | undefined) ?? null;
  const act = (action as string | undefined) ?? '*';
  return resolve(resource, id, act, scopeOf(resource, id, act).canonical, words);
}

function resolve(
  resource: string,
  id: string | null,
  action: string,
  text: string,
  words: ScopeWords,
): Scope {
  if (resource !== words.everything) {
    return scopeOf(words.aliases?.get(resource) ?? resource, id, action, text);
  }
  if (id !== null) {
    throw new InvalidValueError(`${shown(text)} names an object of ${shown(resource)}, which is no resource`);
  }
  return scopeOf('*', null, action, text);
}
