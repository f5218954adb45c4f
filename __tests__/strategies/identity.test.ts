import express, { type RequestHandler } from 'express';
import { Agent, request } from 'node:http';
import { Passport } from 'passport';
import { apiKeyAuth, type Middleware } from '../../lib';
import { stockPassport, whoami } from '../http/frameworks';
import { APP, createTestKeys, type TestKeys } from '../http/test-keys';
import { withServer } from '../http/wire';

/** Asks on kept-alive connections, so that a thousand requests are in flight together. */
function askMany(port: number, asks: { path: string; headers: Record<string, string> }[]): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  const one = ({ path, headers }: (typeof asks)[number]): Promise<string> =>
    new Promise((resolve, reject) => {
      request({ port, host: '127.0.0.1', path, headers, agent }, (res) => {
        let text = '';
        res.on('data', (chunk: Buffer) => (text += chunk.toString()));
        res.on('end', () => resolve(text));
      })
        .on('error', reject)
        .end();
    });
  return Promise.all(asks.map(one)).finally(() => agent.destroy());
}

/** Passport with the instances themselves, against its documentation and ours. */
function byInstance({ keys }: TestKeys): Middleware {
  const instances = keys.strategies as unknown as string[];
  return new Passport().authenticate(instances, { session: false, failWithError: true }) as Middleware;
}

const PATHS: [string, (test: TestKeys) => Middleware][] = [
  ['apiKeyAuth', ({ keys }) => apiKeyAuth(keys)],
  ['Passport by name', ({ keys }) => stockPassport(keys)],
  // passport.authenticate(instance) hangs the actions of each request on the one instance.
  ['Passport by instance', byInstance],
];

describe.each(PATHS)('1,000 concurrent requests through %s', (_name, middleware) => {
  it.each([
    ['two keys', ['secret', 'scoped'] as const],
    ['four kinds', ['secret', 'publishable', 'temporary', 'scoped'] as const],
  ])(
    'of %s: nobody gets the identity of another',
    async (_keys, kinds) => {
      const test = await createTestKeys({ cache: { ttl: 0 } });
      test.store.mode = 'slow';
      const app = express();
      app.use(middleware(test) as RequestHandler, whoami as RequestHandler);
      const kindOf = (i: number) => kinds[i % kinds.length] ?? 'secret';
      const asks = Array.from({ length: 1_000 }, (_, i) => {
        const token = test.tokens[kindOf(i)];
        if (kindOf(i) === 'publishable') return { path: `/?pubtoken=${token}`, headers: { origin: APP } };
        return { path: '/', headers: { authorization: `Bearer ${token}` } };
      });
      const answers = await withServer(app, (port) => askMany(port, asks));
      const expected = asks.map((_, i) => JSON.stringify({ id: test.ids[kindOf(i)] }));
      expect(answers).toEqual(expected);
      // The cache is off: the store was asked while other requests were under way.
      expect(test.store.reads).toBeGreaterThan(10);
    },
    20_000,
  );
});
