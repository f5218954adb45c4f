/** A TCP proxy in front of a server, which hangs, refuses or cuts connections when told to. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A proxy on a port of loopback. */
export class TcpProxy {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server = createServer((client) => {
    this.#accept(client);
  });
  readonly #sockets = new Set<Socket>();
  #hanging = false;
  /** Answers instead of the server, where it is set. */
  #responder: ((client: Socket) => void) | null = null;
  #port = 0;

  constructor(host: string, port: number) {
    this.#target = { host, port };
  }

  get port(): number {
    return this.#port;
  }

  /** Listens, on the same port as before if there was one, and forwards. */
  async forward(): Promise<void> {
    this.#responder = null;
    this.#hanging = false;
    for (const socket of this.#sockets) socket.resume();
    if (this.#server.listening) return;
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Takes connections and bytes, and hands nothing on. */
  hang(): void {
    this.#hanging = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** Breaks what is open, and refuses what comes. */
  async refuse(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined;
    if (closed !== undefined) this.#server.close();
    this.cut();
    await closed;
  }

  /** Breaks what is open; new connections are welcome. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Breaks what is open, and lets `responder` answer new connections instead of the server. */
  async answer(responder: (client: Socket) => void): Promise<void> {
    await this.forward();
    this.#responder = responder;
    this.cut();
  }

  #accept(client: Socket): void {
    this.#track(client);
    if (this.#responder !== null) {
      this.#responder(client);
      return;
    }
    const server = connect(this.#target);
    this.#track(server);
    client.pipe(server).pipe(client);
    client.once('close', () => server.destroy());
    server.once('close', () => client.destroy());
    if (this.#hanging) {
      client.pause();
      server.pause();
    }
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
