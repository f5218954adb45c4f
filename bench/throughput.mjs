/** Requests a second of all contestants, in one process, in shuffled turns of a fraction of a second. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { quantile, shuffled, summary } from './statistics.mjs';

/** Sockets of the client, each with one request under way. */
export const CONNECTIONS = 32;
/** How long a contestant runs before its turn counts, in ms. */
const WARM_MS = 8;

function startClient() {
  const client = fork(fileURLToPath(new URL('load-client.mjs', import.meta.url)), [], { execArgv: [] });
  const gone = once(client, 'exit').then(([code]) => {
    throw new Error(`the client ended with ${code}`);
  });
  gone.catch(() => {});
  return {
    async ask(message) {
      client.send(message);
      const [answer] = await Promise.race([once(client, 'message'), gone]);
      return answer;
    },
    stop: () => client.kill(),
  };
}

/** Every contestant must tell good keys from bad ones, or nothing is measured. */
async function checkAll(contestants, run) {
  for (const contestant of contestants) {
    const { label, good, bad } = contestant;
    for (const [set, requests, status] of [
      ['good', good, 200],
      ['bad', bad, 401],
    ]) {
      if (requests === null) continue;
      const { wrong } = await run(contestant, set, status, 0, Math.max(requests.length, CONNECTIONS));
      if (wrong !== null) throw new Error(`${label}: answered ${wrong} to a ${set} key instead of ${status}`);
    }
  }
}

/**
 * Measures each contestant: `perSecond`, `ofBare` and `ofBareByCpu` (by the server's processor time) as median
 * and quartiles; `micros` of processor time for a request, and `ofBareUndisturbed`, from the fastest tenth of the
 * turns. Ratios compare
 * turns of one round with the mean of both copies of bare, so that what slows the machine slows all of them.
 */
export async function measureThroughput(contestants, { rounds, turnMs, progress = () => {} }) {
  let current = contestants[0].app;
  const server = createServer((req, res) => current(req, res));
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = startClient();

  async function run(contestant, set, status, ms, atLeast = 0) {
    current = contestant.app;
    const cpu = process.cpuUsage();
    const answer = await client.ask({ turn: { set: `${contestant.name} ${set}`, status, ms, atLeast } });
    const { user, system } = process.cpuUsage(cpu);
    return { ...answer, cpu: user + system };
  }

  try {
    await client.ask({ connect: { port: server.address().port, count: CONNECTIONS } });
    for (const { name, good, bad, sends } of contestants) {
      await client.ask({ load: { set: `${name} good`, requests: good } });
      await client.ask({ load: { set: `${name} bad`, requests: bad ?? [] } });
      await client.ask({ load: { set: `${name} turn`, requests: sends } });
    }
    await checkAll(contestants, run);

    const turns = new Map(contestants.map(({ name }) => [name, []]));
    // The first round lets the compiler see everyone; it does not count.
    for (let round = 0; round <= rounds; round += 1) {
      for (const contestant of shuffled(contestants)) {
        const { name, label, status, sends } = contestant;
        await run(contestant, 'turn', status, WARM_MS, Math.min(sends.length, 100));
        const { count, ms, cpu, wrong } = await run(contestant, 'turn', status, turnMs);
        if (wrong !== null) throw new Error(`${label}: answered ${wrong} instead of ${status}`);
        if (round > 0) turns.get(name).push({ perSecond: (count / ms) * 1000, micros: cpu / count });
      }
      progress(round, rounds);
    }
    return results(turns);
  } finally {
    client.stop();
    server.closeAllConnections();
    server.close();
  }
}

/** Both copies of bare count, except against each other. */
function baseOf(turns, name, round, field) {
  const copies = ['bare', 'bareAgain'].filter((copy) => copy !== name);
  return copies.reduce((sum, copy) => sum + turns.get(copy)[round][field], 0) / copies.length;
}

/** Processor time of a request in the fastest tenth of the turns, which nothing else disturbed. */
function undisturbed(turns, names) {
  const micros = names.map((name) =>
    quantile(
      turns.get(name).map((turn) => turn.micros),
      0.1,
    ),
  );
  return micros.reduce((sum, each) => sum + each, 0) / micros.length;
}

function results(turns) {
  const all = {};
  for (const [name, own] of turns) {
    const copies = ['bare', 'bareAgain'].filter((copy) => copy !== name);
    all[name] = {
      perSecond: summary(own.map(({ perSecond }) => perSecond)),
      ofBare: summary(own.map(({ perSecond }, i) => perSecond / baseOf(turns, name, i, 'perSecond'))),
      ofBareByCpu: summary(own.map(({ micros }, i) => baseOf(turns, name, i, 'micros') / micros)),
      micros: undisturbed(turns, [name]),
      ofBareUndisturbed: undisturbed(turns, copies) / undisturbed(turns, [name]),
    };
  }
  return all;
}
