/** The Passport strategy for a publishable key with its list of origins. */
import type { Runtime } from '../http/runtime';
import { KeyStrategy } from './key-strategy';

/** Authenticates a publishable key with its list of origins; registered as `publishable-key`. */
export class PublishableKeyStrategy extends KeyStrategy {
  constructor(runtime: Runtime) {
    super('publishable-key', 'publishable', runtime);
  }
}
