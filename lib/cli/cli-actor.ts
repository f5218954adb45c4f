/** Who the command line acts as. */
import type { Actor } from '../service/events';

/** The actor of changes that the command line makes. */
export const CLI_ACTOR: Actor = Object.freeze({ type: 'system', id: 'latchkey-cli' });
