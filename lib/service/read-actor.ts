/** Checks who is said to have asked for a change. */
import type { Actor } from './events';
import { readLine, refuse } from './field-readers';

const TYPES: readonly unknown[] = ['key', 'user', 'system'];

/** An actor. @throws ApiKeyError `INVALID_REQUEST` for a value that audit could not keep. */
export function readActor(by: unknown): Actor {
  if (typeof by !== 'object' || by === null) return refuse('by', 'must be an actor: { type, id, address? }');
  const { type, id, address } = by as Partial<Record<string, unknown>>;
  if (!TYPES.includes(type)) return refuse('by.type', 'must be "key", "user" or "system"');
  readLine('by.id', id, 500);
  if (address !== undefined && typeof address !== 'string') return refuse('by.address', 'must be a string');
  return by as Actor;
}
