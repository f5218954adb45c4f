/** The four strategies of a runtime. */
import type { Runtime } from '../http/runtime';
import type { KeyKind } from '../keys/kinds';
import type { KeyStrategy } from './key-strategy';
import { PublishableKeyStrategy } from './publishable-strategy';
import { ScopedKeyStrategy } from './scoped-strategy';
import { SecretKeyStrategy } from './secret-strategy';
import { TemporaryTokenStrategy } from './temporary-strategy';

/** Makes one strategy a kind. */
export function createStrategies(runtime: Runtime): Readonly<Record<KeyKind, KeyStrategy>> {
  return Object.freeze({
    secret: new SecretKeyStrategy(runtime),
    publishable: new PublishableKeyStrategy(runtime),
    temporary: new TemporaryTokenStrategy(runtime),
    scoped: new ScopedKeyStrategy(runtime),
  });
}
