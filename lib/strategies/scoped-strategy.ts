/** The Passport strategy for a scoped key with read and write modifiers. */
import type { Runtime } from '../http/runtime';
import { KeyStrategy } from './key-strategy';

/** Authenticates a scoped key with read and write modifiers; registered as `scoped-key`. */
export class ScopedKeyStrategy extends KeyStrategy {
  constructor(runtime: Runtime) {
    super('scoped-key', 'scoped', runtime);
  }
}
