/** The one place that writes refusals to HTTP. */
import { validateHeaderValue } from 'node:http';
import { errorBody, type Denial, type ErrorBody } from '../errors';
import type { HttpRequest, HttpResponse } from './http-types';

/** Another dialect of refusals, such as problem+json (RFC 9457). Status and headers stay as they are. */
export interface FormattedError {
  /** Anything that `JSON.stringify` takes. */
  readonly body: unknown;
  /** Default `application/json; charset=utf-8`. */
  readonly contentType?: string;
}

/** Writes a refusal in the host's own dialect; `envelope` is what the library would send. */
export type FormatError = (envelope: ErrorBody['error'], status: number, req: HttpRequest) => FormattedError;

const JSON_TYPE = 'application/json; charset=utf-8';

/** Most refusals are one of a few frozen objects: their text is made once. */
const texts = new WeakMap<Denial, string>();

function textOf(denial: Denial): string {
  let text = texts.get(denial);
  if (text === undefined) {
    text = JSON.stringify(errorBody(denial));
    texts.set(denial, text);
  }
  return text;
}

/** The headers of a refusal. */
export function errorHeaders(denial: Denial): [name: string, value: string][] {
  const headers: [string, string][] = [['Cache-Control', 'no-store']];
  if (denial.challenge !== null) headers.push(['WWW-Authenticate', denial.challenge]);
  if (denial.retryAfter !== null) headers.push(['Retry-After', String(denial.retryAfter)]);
  return headers;
}

/** The body of a refusal and its type. A formatter that throws, or answers what cannot be sent, is passed over. */
export function errorText(
  denial: Denial,
  format: FormatError | null,
  req: HttpRequest,
): { readonly text: string; readonly type: string } {
  if (format !== null) {
    try {
      const { body, contentType = JSON_TYPE } = format(errorBody(denial).error, denial.status, req);
      const text = JSON.stringify(body) as string | undefined;
      validateHeaderValue('Content-Type', contentType);
      if (text !== undefined) return { text, type: contentType };
    } catch {
      // A refusal stays a refusal, whatever the host's formatter does.
    }
  }
  return { text: textOf(denial), type: JSON_TYPE };
}

/**
 * Answers a refusal and ends the response. Where the head is sent already nothing can be said any more: the
 * connection is closed, so that the client does not take a part for the whole.
 */
export function writeDenial(
  req: HttpRequest,
  res: HttpResponse,
  denial: Denial,
  format: FormatError | null = null,
): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const { text, type } = errorText(denial, format, req);
  res.statusCode = denial.status;
  for (const [name, value] of errorHeaders(denial)) res.setHeader(name, value);
  res.setHeader('Content-Type', type);
  res.setHeader('Content-Length', Buffer.byteLength(text));
  res.end(text);
}

/** Answers 200 with JSON that no cache keeps. */
export function writeJson(res: HttpResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  res.statusCode = status;
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Type', JSON_TYPE);
  res.setHeader('Content-Length', Buffer.byteLength(text));
  res.end(text);
}
