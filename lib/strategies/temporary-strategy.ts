/** The Passport strategy for a temporary token. */
import type { Runtime } from '../http/runtime';
import { KeyStrategy } from './key-strategy';

/** Authenticates a temporary token; registered as `temporary-token`. */
export class TemporaryTokenStrategy extends KeyStrategy {
  constructor(runtime: Runtime) {
    super('temporary-token', 'temporary', runtime);
  }
}
