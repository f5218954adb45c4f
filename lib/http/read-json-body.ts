/** Reads a JSON body, within a limit, whether or not the host has parsed it already. */
import { invalidField, payloadTooLarge } from '../denials';
import { ApiKeyError } from '../errors';
import type { HttpRequest } from './http-types';

/** Reads at most `limit` bytes. @throws ApiKeyError `PAYLOAD_TOO_LARGE`. */
async function readText(req: HttpRequest, limit: number): Promise<string> {
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      // What is left must still be read off the connection, or the client never sees the answer.
      if (size > limit) reject(new ApiKeyError(payloadTooLarge(limit)));
      else chunks.push(chunk);
    });
    req.on('end', () => {
      resolve(Buffer.concat(chunks));
    });
    req.on('error', reject);
    req.on('close', () => {
      reject(new ApiKeyError(invalidField('body', 'The body ended early')));
    });
  });
  // A byte that is no UTF-8 must not silently become another character.
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/** Text outside of JSON's own grammar, or one name twice in an object: parsers differ in which one they take. */
function parse(text: string): unknown {
  const value: unknown = JSON.parse(text);
  refuseDuplicates(text);
  return value;
}

/** @throws SyntaxError when an object of a valid JSON text has one name twice (RFC 8259, 4). */
function refuseDuplicates(text: string): void {
  const objects: (Set<string> | null)[] = [];
  let expectName = false;
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;
  for (const [token] of text.matchAll(tokens)) {
    if (token === '{') objects.push(new Set());
    else if (token === '[') objects.push(null);
    else if (token === '}' || token === ']') objects.pop();
    else if (token !== ',' && expectName) {
      const names = objects.at(-1);
      const name = JSON.parse(token) as string;
      if (names?.has(name) === true) throw new SyntaxError(`the name ${token} stands twice`);
      names?.add(name);
    }
    expectName = token === '{' || (token === ',' && objects.at(-1) instanceof Set);
  }
}

/**
 * The JSON object in the body of a request. A body that the host's parser has read is taken as it is.
 * @param limit Most bytes that are read.
 * @throws ApiKeyError `INVALID_REQUEST` when the body is no JSON object, `PAYLOAD_TOO_LARGE`.
 */
export async function readJsonBody(req: HttpRequest, limit: number): Promise<Record<string, unknown>> {
  let body: unknown = req.body;
  // A stream that someone has read already would never end again.
  if ((body === undefined || isBlank(body)) && !req.readableEnded) {
    try {
      body = parse(await readText(req, limit));
    } catch (error) {
      if (error instanceof ApiKeyError) throw error;
      const twice = error instanceof SyntaxError && error.message.endsWith('stands twice');
      throw new ApiKeyError(
        invalidField(
          'body',
          twice ? `The body must not repeat a name: ${error.message}` : 'The body must be JSON',
        ),
        { cause: error },
      );
    }
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ApiKeyError(invalidField('body', 'The body must be a JSON object'));
  }
  return body as Record<string, unknown>;
}

/** Express 4 leaves an empty object where its parser did not look at the body. */
function isBlank(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.keys(body).length === 0;
}
