/** The Passport strategy for a secret bearer key. */
import type { Runtime } from '../http/runtime';
import { KeyStrategy } from './key-strategy';

/** Authenticates a secret bearer key; registered as `secret-key`. */
export class SecretKeyStrategy extends KeyStrategy {
  constructor(runtime: Runtime) {
    super('secret-key', 'secret', runtime);
  }
}
