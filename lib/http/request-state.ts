/** What is remembered of a request beside `req.apiKey`. Off the hot path: a verified request has none. */
import type { Denial } from '../errors';
import type { Credential } from './credential';
import type { HttpRequest } from './http-types';
import type { Runtime } from './runtime';

/** The state of one request. */
export interface RequestState {
  /** The runtime that looked at the request last. */
  readonly runtime: Runtime;
  /** What the request presents, read once: secrets are stripped from its URL afterwards. */
  presented?: Credential | Denial | null;
  /** Why the request was refused. */
  denial?: Denial;
  /** Id of the key that the refused token names. */
  keyId?: string | null;
  /** Whether the refusal went to the events. */
  reported?: boolean;
}

const states = new WeakMap<HttpRequest, RequestState>();

/** The state of a request under a runtime; a new one when another runtime looked at it last. */
export function stateOf(req: HttpRequest, runtime: Runtime): RequestState {
  const known = states.get(req);
  if (known?.runtime === runtime) return known;
  const state: RequestState = { runtime };
  states.set(req, state);
  return state;
}

/** The state that a request has, if any. */
export function peekState(req: HttpRequest): RequestState | undefined {
  return states.get(req);
}
