/**
 * The client, in a process of its own: keep-alive sockets that send ready-made requests, one at a time each.
 * It reads only what it must of an answer: the status, and where the answer ends.
 */
import { connect } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');

/** Bytes of the answer that starts the buffer, or 0 when its head is not complete. */
function answerLength(buffer) {
  const end = buffer.indexOf(HEAD_END);
  if (end === -1) return 0;
  const length = /\r\ncontent-length: (\d+)/i.exec(buffer.latin1Slice(0, end));
  if (length === null) throw new Error('an answer has no Content-Length');
  return end + HEAD_END.length + Number(length[1]);
}

/** One connection, which sends the next request when the answer to the last has come. */
class Connection {
  #socket;
  #turn = null;
  #pending = null;
  #knownLength = 0;

  constructor(port) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk) => this.#read(chunk));
  }

  start(turn) {
    this.#turn = turn;
    this.#knownLength = 0;
    turn.running += 1;
    this.#socket.write(turn.next());
  }

  #read(chunk) {
    const buffer = this.#pending === null ? chunk : Buffer.concat([this.#pending, chunk]);
    // Answers of one turn are equally long, so that only the first needs a closer look.
    if (this.#knownLength !== buffer.length) {
      this.#knownLength = answerLength(buffer);
      if (this.#knownLength !== buffer.length) {
        this.#pending = buffer;
        return;
      }
    }
    this.#pending = null;
    const turn = this.#turn;
    const status = (buffer[9] - 48) * 100 + (buffer[10] - 48) * 10 + buffer[11] - 48;
    if (status !== turn.status) turn.wrong = status;
    turn.count += 1;
    if (turn.mayGoOn()) this.#socket.write(turn.next());
    else {
      turn.running -= 1;
      if (turn.running === 0) turn.done();
    }
  }
}

const connections = [];
const sets = new Map();

function take({ set, status, ms, atLeast }) {
  const requests = sets.get(set);
  const started = performance.now();
  let sent = 0;
  const turn = {
    status,
    count: 0,
    running: 0,
    wrong: null,
    next() {
      const request = requests[sent % requests.length];
      sent += 1;
      return request;
    },
    mayGoOn: () => performance.now() - started < ms || sent < atLeast,
    done() {
      process.send({ count: turn.count, ms: performance.now() - started, wrong: turn.wrong });
    },
  };
  for (const connection of connections) connection.start(turn);
}

process.on('message', (message) => {
  if (message.connect !== undefined) {
    const { port, count } = message.connect;
    for (let i = 0; i < count; i += 1) connections.push(new Connection(port));
    process.send({ connected: count });
  } else if (message.load !== undefined) {
    const { set, requests } = message.load;
    sets.set(
      set,
      requests.map((text) => Buffer.from(text, 'latin1')),
    );
    process.send({ loaded: set });
  } else take(message.turn);
});
process.on('disconnect', () => process.exit());
