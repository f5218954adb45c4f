/** Real requests to real servers: through Node's client, or byte by byte. */
import { createServer, request, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

/** A server on a port of its own. */
export interface Listening {
  readonly port: number;
  readonly server: Server;
  close(): Promise<void>;
}

/** An answer, whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** What to ask. */
export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

export async function listen(listener: RequestListener): Promise<Listening> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Runs `use` with a server, and closes it whatever happens. */
export async function withServer<T>(
  listener: RequestListener,
  use: (port: number, server: Server) => Promise<T>,
): Promise<T> {
  const { port, server, close } = await listen(listener);
  try {
    return await use(port, server);
  } finally {
    await close();
  }
}

export function send(port: number, ask: Ask = {}): Promise<Answer> {
  const { method = 'GET', path = '/', headers = {}, body } = ask;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { port, host: '127.0.0.1', method, path, headers: headers as Record<string, string>, agent: false },
      (res) => {
        let text = '';
        res.setEncoding('utf8');
        res.on('data', (chunk: string) => (text += chunk));
        res.on('error', reject);
        res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text }));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Sends bytes as they are and answers everything that comes back until the server closes. */
export function sendRaw(port: number, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}

/** A GET of header lines as they are, on a connection that closes behind it. */
export function rawGet(path: string, lines: readonly string[]): string {
  return [`GET ${path} HTTP/1.1`, 'Host: api.example.com', 'Connection: close', ...lines, '', ''].join(
    '\r\n',
  );
}

/** Status and body of an answer that came byte by byte. */
export function readRaw(answer: string): { status: number; body: string; head: string } {
  const [head = '', body = ''] = answer.split(/\r\n\r\n([\s\S]*)/);
  return { status: Number(head.split(' ')[1]), body, head };
}
