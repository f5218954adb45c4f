/** Reads one line from standard input. */
import type { Readable } from 'node:stream';

/** No token is longer; the rest is not read. */
const MOST = 4_096;

/** The first line, without spaces around it; of a longer line, its beginning. */
export async function readLine(stdin: Readable): Promise<string> {
  let text = '';
  stdin.setEncoding('utf8');
  for await (const chunk of stdin) {
    text += chunk as string;
    if (text.includes('\n') || text.length > MOST) break;
  }
  return (text.split('\n')[0] ?? '').slice(0, MOST).trim();
}
