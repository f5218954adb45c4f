/** Nanoseconds that authentication and guard take of a request, without network and router. */
import express from 'express';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { apiKeyAuth, memoryStore } from 'latchkey';
import { cacheByHand, middlewareByHand } from './by-hand.mjs';
import { SCOPE, apiKeys, createMany } from './contestants.mjs';
import { ROUTE, bearer, headersOf } from './requests.mjs';
import { shuffled, summary } from './statistics.mjs';

const ORIGIN = 'https://app.example.com';
/** Requests that are made ready before the clock starts. */
const BATCH = 500;

const socket = new Socket();
const { request: requestPrototype, response: responsePrototype } = express();

/** A request as Node's parser leaves it and Express hands it on: its headers are read for every response. */
function incoming({ own, url = ROUTE }) {
  const req = new IncomingMessage(socket);
  req.method = 'GET';
  req.url = url;
  req.rawHeaders = Object.entries(headersOf(own)).flat();
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    req.headers[req.rawHeaders[i].toLowerCase()] = req.rawHeaders[i + 1];
  }
  const res = new ServerResponse(req);
  Object.setPrototypeOf(req, requestPrototype);
  Object.setPrototypeOf(res, responsePrototype);
  req.res = res;
  res.req = req;
  req.originalUrl = url;
  return { req, res };
}

/** One middleware of several. */
function chain(first, second) {
  return (req, res, next) => {
    first(req, res, () => {
      second(req, res, next);
    });
  };
}

async function createCases() {
  // Longer than the measurement takes: a record that is read again is not cached for that moment.
  const keys = apiKeys(memoryStore(), { ttl: 60 });
  const scopes = [SCOPE, 'models:write'];
  const secret = await createMany(keys, 1);
  const [{ token, key }] = secret;
  const scoped = await keys.create({ kind: 'scoped', name: 'scoped', scopes });
  const publishable = await keys.create({
    kind: 'publishable',
    name: 'page',
    scopes: [SCOPE],
    origins: [ORIGIN],
  });
  const temporary = await keys.mintTemporary((await keys.verify(token)).key, { scopes });
  const ours = chain(apiKeyAuth(keys), keys.requireScope(SCOPE));
  const byHand = middlewareByHand(cacheByHand([{ token, ...key }]), SCOPE);
  const page = { own: { Origin: ORIGIN }, url: `${ROUTE}?pubtoken=${publishable.token}` };
  const cases = [
    { name: 'nothing', label: 'next() alone', run: (req, res, next) => next(), head: { own: bearer(token) } },
    { name: 'byHand', label: 'by hand (the limit)', run: byHand, head: { own: bearer(token) } },
    { name: 'secret', label: 'secret key, Authorization', run: ours, head: { own: bearer(token) } },
    {
      name: 'scoped',
      label: 'scoped key, X-API-Key',
      run: ours,
      head: { own: { 'X-API-Key': scoped.token } },
    },
    { name: 'temporary', label: 'temporary token', run: ours, head: { own: bearer(temporary.token) } },
    { name: 'publishable', label: 'publishable key in the query, with CORS', run: ours, head: page },
  ];
  return { cases, close: () => keys.close() };
}

/** Measures: `{ name, label, nanoseconds }` for each case, the median over batches in shuffled turns. */
export async function measureInProcess({ rounds }) {
  const { cases, close } = await createCases();
  const times = new Map(cases.map(({ name }) => [name, []]));
  for (const { label, run, head } of cases) {
    // The first time the store is asked.
    const { req, res } = incoming(head);
    await new Promise((resolve, reject) => {
      res.end = () => reject(new Error(`${label}: refused with ${res.statusCode}`));
      run(req, res, resolve);
    });
  }
  for (let round = -10; round < rounds; round += 1) {
    for (const { name, label, run, head } of shuffled(cases)) {
      const batch = Array.from({ length: BATCH }, () => incoming(head));
      let passed = 0;
      const next = () => {
        passed += 1;
      };
      const start = process.hrtime.bigint();
      for (const { req, res } of batch) run(req, res, next);
      const taken = Number(process.hrtime.bigint() - start) / BATCH;
      if (passed !== BATCH) throw new Error(`${label}: only ${passed} of ${BATCH} passed`);
      if (round >= 0) times.get(name).push(taken);
    }
  }
  await close();
  return cases.map(({ name, label }) => ({ name, label, nanoseconds: summary(times.get(name)) }));
}
