/** What the operations of the service share. */
import type { Hasher } from '../keys/hashing/hasher';
import type { KeyKind } from '../keys/kinds';
import type { ScopeCatalogue } from '../keys/scope-catalogue';
import type { TokenFormat } from '../keys/token-format';
import type { Clock } from './clock';
import type { Actor, Events } from './events';
import type { GrantOf } from './grants';
import type { KeyCache } from './key-cache';
import type { Publisher } from './publisher';
import type { StoreClient } from './store-client';

/** Most keys of a kind that an owner may have at once; `Infinity` for no cap. */
export type Caps = Readonly<Record<KeyKind, number>>;

/** What every operation gets. */
export interface ServiceContext {
  readonly store: StoreClient;
  readonly cache: KeyCache;
  readonly publisher: Publisher;
  readonly hasher: Hasher;
  readonly tokens: TokenFormat;
  readonly catalogue: ScopeCatalogue;
  readonly grantOf: GrantOf;
  readonly events: Events;
  readonly clock: Clock;
  readonly caps: Caps;
}

/** The actor of a change that the host's own code makes. */
export const SYSTEM: Actor = Object.freeze({ type: 'system', id: 'system' });
