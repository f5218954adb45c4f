/** A token with the carrier that brought it. */
import type { Denial } from '../errors';
import type { KindMask } from '../service/kind-mask';

/** Where a token was found. */
export type CarrierPlace = 'authorization' | 'header' | 'query' | 'cookie';

/** The one credential of a request. */
export class Credential {
  // Private, so that no log, inspection or JSON of a credential shows it.
  readonly #token: string;
  /** The kinds that this carrier brings. */
  readonly kinds: KindMask;
  readonly place: CarrierPlace;
  /** Why the credential was refused, once a strategy has. */
  denial: Denial | null = null;
  /** Id of the key that the token names, for events. */
  keyId: string | null = null;

  constructor(token: string, kinds: KindMask, place: CarrierPlace) {
    this.#token = token;
    this.kinds = kinds;
    this.place = place;
  }

  /** As sent: not checked, possibly empty, never to be logged. */
  get token(): string {
    return this.#token;
  }
}

/** There is more than one credential, or one carrier came twice. */
export const SEVERAL = Symbol('several credentials');

/** What a request presents: nothing, one credential, or too many. */
export type Presented = Credential | typeof SEVERAL | null;
