/** What the service tells the host: typed events. */
import { EventEmitter } from 'node:events';
import type { DenialReason } from '../errors';
import type { KeyInfo } from './key-info';
import type { VerifiedKey } from './verified-key';

/** Who asked for a change. */
export interface Actor {
  /** `key`: a key that manages keys; `user`: someone the host knows; `system`: the host's own code. */
  readonly type: 'key' | 'user' | 'system';
  readonly id: string;
  /** Where the request came from, when there was one. */
  readonly address?: string;
}

/** Payload of each event. Nothing in them is secret. Times in ms since the epoch. */
export interface ApiKeyEvents {
  readonly created: { readonly key: KeyInfo; readonly by: Actor; readonly at: number };
  readonly updated: {
    readonly key: KeyInfo;
    /** Names of the fields that were changed. */
    readonly fields: readonly string[];
    readonly by: Actor;
    readonly at: number;
  };
  readonly rotated: {
    /** The old key, as it lives on. */
    readonly key: KeyInfo;
    readonly successor: KeyInfo;
    readonly by: Actor;
    readonly at: number;
  };
  readonly revoked: { readonly key: KeyInfo; readonly by: Actor; readonly at: number };
  readonly verified: { readonly key: VerifiedKey; readonly at: number };
  readonly denied: {
    readonly reason: DenialReason;
    readonly status: number;
    /** Id of the key that the token names, as far as it is well-formed; not proof that it was that key. */
    readonly keyId: string | null;
    /** The verified key, when it was the guard or a check that refused. */
    readonly key: VerifiedKey | null;
    readonly method: string;
    /** Path without the query. */
    readonly path: string;
    readonly address: string | null;
    readonly at: number;
  };
  /** A guard in shadow mode let a request pass that it would have denied; `scopes` are those of the guard. */
  readonly would_deny: ApiKeyEvents['denied'] & { readonly scopes: readonly string[] };
  /** A guard let a key pass; told once a request. */
  readonly passed: {
    readonly key: VerifiedKey;
    /** Scopes of the guard, as written. */
    readonly scopes: readonly string[];
    /** Method and pattern of the route, such as `GET /v2/floor/:id`; the path where there is no pattern. */
    readonly route: string;
    readonly at: number;
  };
  readonly limited: {
    readonly key: VerifiedKey | null;
    readonly limit: number;
    readonly name: string;
    readonly address: string | null;
    readonly at: number;
  };
  /** A secret or scoped key came with an `Origin`: it is probably in a web page, where anyone can read it. */
  readonly secret_in_browser: { readonly key: VerifiedKey; readonly origin: string; readonly at: number };
  /** The store has failed several times in a row; keys that are not cached are answered 503. */
  readonly store_down: { readonly error: unknown; readonly at: number };
  readonly store_up: { readonly at: number };
  /** A call to the store ended. */
  readonly store_call: {
    readonly operation: string;
    readonly ms: number;
    readonly ok: boolean;
    readonly at: number;
  };
  /** A stored hash was compared with a token, which took `ms`. */
  readonly hash_compared: { readonly algorithm: string; readonly ms: number; readonly at: number };
  /** The change bus is lost: changes made elsewhere take up to `cache.ttl` to be seen. */
  readonly bus_down: { readonly error: unknown; readonly at: number };
  readonly bus_up: { readonly at: number };
  /** Work in the background failed, such as a re-hash or a flush; no request was wrongly admitted. */
  readonly failure: { readonly task: string; readonly error: unknown; readonly at: number };
}

/** The name of an event. */
export type EventName = keyof ApiKeyEvents;
/** What is called with an event. */
export type Listener<E extends EventName> = (event: ApiKeyEvents[E]) => void;

/**
 * The events of one `createApiKeys`. A listener that throws, or whose promise rejects, never changes an
 * answer: the error is reported as `failure`, and one from a `failure` listener is dropped.
 */
export class Events {
  readonly #emitter = new EventEmitter({ captureRejections: false });

  /** Adds a listener. */
  on<E extends EventName>(event: E, listener: Listener<E>): void {
    this.#emitter.on(event, listener);
  }

  /** Takes a listener away. */
  off<E extends EventName>(event: E, listener: Listener<E>): void {
    this.#emitter.off(event, listener);
  }

  /** Whether anyone listens; the hot path builds no payload for nobody. */
  wanted(event: EventName): boolean {
    return this.#emitter.listenerCount(event) > 0;
  }

  /** Tells every listener. */
  emit<E extends EventName>(event: E, payload: ApiKeyEvents[E]): void {
    for (const listener of this.#emitter.listeners(event) as ((event: ApiKeyEvents[E]) => unknown)[]) {
      try {
        const result = listener(payload);
        if (result instanceof Promise) {
          result.catch((error: unknown) => {
            this.#listenerFailed(event, error, payload.at);
          });
        }
      } catch (error) {
        this.#listenerFailed(event, error, payload.at);
      }
    }
  }

  #listenerFailed(event: EventName, error: unknown, at: number): void {
    if (event !== 'failure') this.emit('failure', { task: `listener of ${event}`, error, at });
  }
}
