/** Requests, responses and middleware as Connect, Express 4 and Express 5 know them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthInfo } from '../service/verdict';
import type { Principal, VerifiedKey } from '../service/verified-key';

/** A Node request with what Express or Connect may have added. */
export interface HttpRequest extends IncomingMessage {
  /** The verified key; `null` where authentication ran and no key came; absent where none ran. */
  apiKey?: VerifiedKey | null;
  originalUrl?: string;
  baseUrl?: string;
  /** Express: the client's address, by its `trust proxy` setting. */
  ip?: string;
  /** Express: the host that was asked, by its `trust proxy` setting. */
  hostname?: string;
  query?: unknown;
  body?: unknown;
  params?: unknown;
  route?: unknown;
  /** Express: the response to this request. */
  res?: ServerResponse;
  /** Passport. */
  user?: unknown;
  /** Passport. */
  authInfo?: unknown;
}

/** The response, as Node makes it. */
export type HttpResponse = ServerResponse;
/** Goes on to the next handler, or to error handling. */
export type Next = (error?: unknown) => void;

/** Middleware for Connect, Express 4 and Express 5. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: Next) => void;

/** Error middleware for Connect, Express 4 and Express 5. */
export type ErrorMiddleware = (error: unknown, req: IncomingMessage, res: ServerResponse, next: Next) => void;

declare global {
  namespace Express {
    interface Request {
      /** The verified key; `null` where authentication ran and no key came. */
      apiKey?: VerifiedKey | null;
    }
    interface AuthInfo {
      apiKey?: VerifiedKey;
      scope?: string;
    }
  }
}

export type { AuthInfo, Principal };
