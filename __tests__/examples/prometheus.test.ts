/** The Prometheus example: what the app did is on the metrics page. */
import { createServer } from 'node:net';
import { once } from 'node:events';
import { builtProject, type BuiltProject } from './built-project';
import { RunningExample } from './running-example';

jest.setTimeout(60_000);

let project: BuiltProject;
let example: RunningExample;
let metricsPort: string;

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return String(typeof address === 'object' && address !== null ? address.port : 0);
}

beforeAll(async () => {
  project = builtProject('prometheus');
  metricsPort = await freePort();
  example = new RunningExample('exec node examples/prometheus/server.mjs', project.folder, {
    PORT: '0',
    METRICS_PORT: metricsPort,
  });
});
afterAll(async () => {
  await example.stop('SIGKILL');
  project.remove();
});

it('shows verifications, refusals and cache look-ups, and ends gracefully', async () => {
  const key = (await example.printed(/^KEY=(\S+)$/m))[1] ?? '';
  const url = (await example.printed(/(http:\/\/127\.0\.0\.1:\d+\/)$/m))[1] ?? '';
  for (let i = 0; i < 3; i += 1) await fetch(url, { headers: { 'X-API-Key': key } });
  await fetch(url);
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  expect(text).toMatch(/latchkey_verifications_total\{outcome="granted",kind="secret".*\} 3/);
  expect(text).toMatch(/latchkey_verifications_total\{outcome="denied",reason="key_missing".*\} 1/);
  expect(text).toMatch(/latchkey_cache_lookups_total\{result="hit".*\} 2/);
  expect(text).toMatch(/latchkey_store_breaker(\{.*\})? 0/);
  expect(text).not.toContain(key);
  expect(await example.stop('SIGTERM')).toEqual({ code: 0, signal: null });
});
