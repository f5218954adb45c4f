/** Reads single headers. */
import type { IncomingHttpHeaders } from 'node:http';

/** The value of a header that may come once; `undefined` where it is missing or came as a list. */
export function headerValue(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
