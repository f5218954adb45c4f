/** The requests that the bench sends: what an API client sends, with the headers of a proxy before the app. */

/** The route that every contestant serves. */
export const ROUTE = '/v1/models/42';

/** Header lines of a request; `own` come last. */
export function headersOf(own) {
  return {
    Host: 'api.example.com',
    'User-Agent': 'acme-client/3.2.1 (linux; node)',
    Accept: 'application/json',
    'Accept-Encoding': 'gzip, deflate, br',
    Connection: 'keep-alive',
    'X-Forwarded-For': '203.0.113.7',
    'X-Request-Id': '0f8fad5b-d9cb-469f-a165-70867728950e',
    ...own,
  };
}

/** A whole request as text. */
export function requestText(own, path = ROUTE) {
  const lines = Object.entries(headersOf(own)).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** The header that brings a token. */
export function bearer(token) {
  return { Authorization: `Bearer ${token}` };
}
