/** The outcome of verification: granted, or denied with one reason. */
import type { Denial } from '../errors';
import type { VerifiedKey } from './verified-key';

/** What Passport hands on as `req.authInfo`. */
export interface AuthInfo {
  readonly apiKey: VerifiedKey;
  /** What the key may do now: scopes joined by one space, as OAuth writes them (RFC 6749, 3.3). */
  readonly scope: string;
}

/** The key is valid here and now. One frozen object serves every request of a key. */
export class Granted implements AuthInfo {
  readonly granted = true;
  readonly apiKey: VerifiedKey;

  constructor(key: VerifiedKey) {
    this.apiKey = key;
    Object.freeze(this);
  }

  get key(): VerifiedKey {
    return this.apiKey;
  }

  get scope(): string {
    return this.apiKey.scopes.join(' ');
  }
}

/** The key is refused. */
export interface Denied {
  readonly granted: false;
  readonly denial: Denial;
  /** Id of the key that the token names, when it is well-formed; for events. */
  readonly keyId: string | null;
}

/** Granted or denied. */
export type Verdict = Granted | Denied;

/** A verdict that denies. */
export function denied(denial: Denial, keyId: string | null = null): Denied {
  return { granted: false, denial, keyId };
}
