/** The example of a host with Passport: staff and keys side by side, and refusals as documented. */
import { builtProject, type BuiltProject } from './built-project';
import { RunningExample } from './running-example';

// Each example is a process of its own, which takes its time on a busy machine.
jest.setTimeout(60_000);

let project: BuiltProject;
let example: RunningExample;
let base: string;
let key: string;

beforeAll(async () => {
  project = builtProject('existing-passport-app');
  example = new RunningExample('exec node examples/existing-passport-app/server.js', project.folder, {
    PORT: '0',
  });
  base = (await example.printed(/^Listening on (\S+?)\.$/m))[1]!;
  key = `Bearer ${(await example.printed(/^API_KEY=(\S+)$/m))[1]!}`;
});
afterAll(async () => {
  await example.stop('SIGKILL');
  project.remove();
});

const STAFF = 'Bearer staff-token-of-robin';

async function ask(method: string, path: string, authorization?: string): Promise<unknown[]> {
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  const response = await fetch(base + path, { method, headers });
  return [response.status, await response.json(), response.headers.get('WWW-Authenticate')];
}

function refusal(code: string, message: string, details: object): object {
  return { error: { code, message, details } };
}

describe('a host that had Passport before', () => {
  it.each([
    ['staff', 'GET', '/whoami', () => STAFF, { staff: 'Robin' }],
    ['a key', 'GET', '/whoami', () => key, { key: 'Reporting', owner: 'default' }],
    ['staff', 'GET', '/reports', () => STAFF, { reports: [] }],
    ['a key with the scope', 'GET', '/reports', () => key, { reports: [] }],
    ['staff', 'DELETE', '/reports/1', () => STAFF, { deleted: '1' }],
    ['nobody', 'GET', '/health', () => undefined, { ok: true }],
  ])('lets %s %s %s', async (_who, method, path, authorization, body) => {
    expect(await ask(method, path, authorization())).toEqual([200, body, null]);
  });

  it('refuses a key without the scope', async () => {
    const details = { required: 'reports:delete', provided: 'reports:read' };
    expect(await ask('DELETE', '/reports/1', key)).toEqual([
      403,
      refusal('FORBIDDEN', 'Insufficient permissions', details),
      'Bearer error="insufficient_scope", scope="reports:delete"',
    ]);
  });

  it('refuses a caller without a token, and one with a token of nobody', async () => {
    expect(await ask('GET', '/reports')).toEqual([
      401,
      refusal('UNAUTHORIZED', 'API key is missing', { reason: 'key_missing' }),
      'Bearer',
    ]);
    expect(await ask('GET', '/reports', 'Bearer nobody')).toEqual([
      401,
      refusal('UNAUTHORIZED', 'Invalid API key', { reason: 'key_not_found' }),
      'Bearer error="invalid_token"',
    ]);
  });

  it('ends at a signal', async () => {
    expect(await example.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  });
});
