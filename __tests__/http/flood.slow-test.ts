import bcrypt from 'bcrypt';
import type { RequestListener } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { apiKeyAuth } from '../../lib';
import { checksum } from '../../lib/keys/checksum';
import { behind } from './frameworks';
import { createTestKeys } from './test-keys';
import { withServer } from './wire';

const RATE = 2_000;
const SECONDS = 2;
const ROUNDS = 4;

/** Runs in a thread of its own, so that only the server's event loop is measured. */
const CLIENT = `
const { Agent, request } = require('node:http');
const { parentPort, workerData: { port, tokens, rate } } = require('node:worker_threads');
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const statuses = {};
let sent = 0, answered = 0;
const start = performance.now();
const tick = () => {
  const due = Math.min(tokens.length, Math.floor(((performance.now() - start) / 1000) * rate));
  for (; sent < due; sent += 1) {
    const headers = { authorization: 'Bearer ' + tokens[sent] };
    request({ port, host: '127.0.0.1', headers, agent }, (res) => {
      statuses[res.statusCode] = (statuses[res.statusCode] ?? 0) + 1;
      res.resume().on('end', () => {
        answered += 1;
        if (answered < tokens.length) return;
        agent.destroy();
        parentPort.postMessage({ statuses, seconds: (performance.now() - start) / 1000 });
      });
    }).end();
  }
  if (sent < tokens.length) setTimeout(tick, 1);
};
tick();
`;

interface Report {
  readonly statuses: Record<string, number>;
  readonly seconds: number;
}

function flood(port: number, tokens: readonly string[]): Promise<Report> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(CLIENT, { eval: true, workerData: { port, tokens, rate: RATE } });
    worker.on('message', resolve);
    worker.on('error', reject);
  });
}

/** The flood, and how late the event loop of the server was, in ms. */
function measured(listener: RequestListener, tokens: readonly string[]): Promise<Report & { p99: number }> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  return withServer(listener, async (port) => {
    delay.enable();
    const report = await flood(port, tokens);
    delay.disable();
    return { ...report, p99: delay.percentile(99) / 1e6 };
  });
}

const text = (i: number, length: number): string => i.toString(36).padStart(length, 'A');
const token = (id: string, secret: string): string => {
  const body = `sk_${id}${secret}`;
  return body + checksum(body);
};

describe(`${String(RATE)} wrong tokens a second for ${String(SECONDS)} s`, () => {
  afterEach(() => jest.restoreAllMocks());

  it.each<[string, (known: string, i: number) => string]>([
    ['other secrets of a key that is cached', (known, i) => token(known, text(i, 32))],
    ['unknown ids', (_known, i) => token(text(i, 16), text(i, 32))],
    ['one unknown id with other secrets', (_known, i) => token(text(0, 16), text(i, 32))],
    ['no checksum', (known, i) => `sk_${known}${text(i, 38)}`],
  ])(
    '%s: no bcrypt, and an event loop that is 50 ms late at most',
    async (name, make) => {
      const { keys, tokens, ids, store } = await createTestKeys({ bcrypt: true });
      await keys.verify(tokens.secret);
      const compare = jest.spyOn(bcrypt, 'compare');
      const auth = behind(apiKeyAuth(keys));
      // A busy machine makes a server without any authentication late too: then that one is the measure, and
      // the best of a few rounds counts, since other work only adds.
      let late = Infinity;
      for (let round = 0; round < ROUNDS && late >= 1; round += 1) {
        const wrong = Array.from({ length: RATE * SECONDS }, (_, i) => {
          return make(ids.secret, i + round * RATE * SECONDS);
        });
        const bare = await measured((_req, res) => res.writeHead(401).end(), wrong);
        const reads = store.reads;
        const report = await measured(auth, wrong);
        late = Math.min(late, report.p99 / Math.max(50, 2 * bare.p99));
        process.stdout.write(
          `${name}: p99 ${report.p99.toFixed(1)} ms, a bare server ${bare.p99.toFixed(1)} ms; ` +
            `${String(store.reads - reads)} store reads\n`,
        );
        expect(report.statuses).toEqual({ 401: RATE * SECONDS });
      }
      expect(compare).not.toHaveBeenCalled();
      expect(late).toBeLessThan(1);
      // The key itself goes on working.
      expect(await keys.verify(tokens.secret)).toMatchObject({ granted: true });
    },
    120_000,
  );
});
