import fc from 'fast-check';
import { apiKeyAuth, requireScope } from '../../lib';
import { internalsOf } from '../../lib/api-keys';
import { behind, whoami } from './frameworks';
import { APP, createTestKeys, graft, type TestKeys } from './test-keys';
import { listen, rawGet, readRaw, send, sendRaw, type Listening } from './wire';

const CARRIERS = {
  publishable: { query: ['pubtoken'], headers: ['X-Publishable-Key'] },
  scoped: { query: ['api-key'], cookies: ['api-key'] },
} as const;

let test: TestKeys;
let api: Listening;
const printed: string[] = [];
const events: unknown[] = [];
const spies: jest.SpyInstance[] = [];

beforeAll(async () => {
  test = await createTestKeys({ carriers: CARRIERS });
  for (const name of ['denied', 'failure', 'store_down'] as const)
    test.keys.on(name, (event) => events.push(event));
  const auth = apiKeyAuth(test.keys);
  const guard = requireScope('models:read');
  api = await listen(behind(auth, (req, res, next) => guard(req, res, () => whoami(req, res, next))));
  const print = (...text: unknown[]): boolean => printed.push(text.join(' ')) > 0;
  spies.push(
    jest.spyOn(process.stdout, 'write').mockImplementation(print),
    jest.spyOn(process.stderr, 'write').mockImplementation(print),
    jest.spyOn(process, 'emitWarning').mockImplementation((warning) => void print(warning)),
    ...(['log', 'info', 'warn', 'error'] as const).map((name) =>
      jest.spyOn(console, name).mockImplementation(print),
    ),
  );
});
afterAll(async () => {
  for (const spy of spies) spy.mockRestore();
  await api.close();
});

const ENVELOPE =
  /^\{"error":\{"code":"(INVALID_REQUEST|UNAUTHORIZED|FORBIDDEN)","message":"[^"]+","details":\{.*\}\}\}$/;

/** Refused in the envelope: or, for what is no HTTP at all, by Node itself with an empty 400 or 431. */
function expectRefused(answer: string): void {
  const { status, body, head } = readRaw(answer);
  if (status === 431 || (status === 400 && body === '')) {
    expect(head).toMatch(
      /^HTTP\/1\.1 (400 Bad Request|431 Request Header Fields Too Large)\r\nConnection: close$/,
    );
    return;
  }
  expect([400, 401, 403]).toContain(status);
  expect(body).toMatch(ENVELOPE);
  expect(head).toContain('Content-Type: application/json; charset=utf-8');
  expect(head).toContain('Cache-Control: no-store');
}

/** A whole hash as the store holds it. */
async function storedHash(token: string): Promise<string> {
  const record = await test.store.findById(token.slice(3, 19));
  return (record as { hash: string }).hash;
}

describe('a bad token', () => {
  type Tokens = TestKeys['tokens'];
  it.each<[string, (t: Tokens) => string | Promise<string>]>([
    ['nothing', () => ''],
    ['one character', () => 'x'],
    ['a prefix', () => 'sk_'],
    ['the id of one and the secret of another', (t) => graft(t.secret, t.uncached)],
    ['another prefix', (t) => t.secret.replace('sk_', 'rk_')],
    ['another case', (t) => t.secret.toUpperCase()],
    ['a truncated token', (t) => t.secret.slice(0, -1)],
    ['an extended token', (t) => `${t.secret}A`],
    ['two tokens', (t) => t.secret + t.secret],
    ['two tokens with a comma', (t) => `${t.secret}, ${t.secret}`],
    ['two schemes', (t) => `Bearer ${t.secret}`],
    ['quotes', (t) => `"${t.secret}"`],
    ['a stored hash', (t) => storedHash(t.secret)],
    ['a stored hash of a public key', (t) => storedHash(t.publishable)],
    ['the digest alone', async (t) => (await storedHash(t.publishable)).split(':').at(-1) ?? ''],
    ['the id alone', (t) => t.secret.slice(3, 19)],
    ['__proto__', () => '__proto__'],
    ['constructor', () => 'constructor'],
    ['toString', () => 'toString'],
    ['a percent', () => '%'],
    ['an encoded NUL', (t) => `${t.secret}%00`],
    ['not ASCII', () => 'schlüssel'],
    ['an emoji as bytes', () => Buffer.from('🔑').toString('latin1')],
    ['oversized', () => 'a'.repeat(12_000)],
    ['oversized with a good beginning', (t) => t.secret + 'a'.repeat(12_000)],
    ['a regular expression', () => '(a+)+$'],
    ['SQL', () => "' OR 1=1 --"],
    ['JSON', () => '{"$ne":null}'],
    ['a line of a log', () => '\\r\\nINFO granted'],
  ])('%s is refused in every carrier', async (_name, make) => {
    const token = await make(test.tokens);
    const latin1 = (lines: string[], path = '/'): Buffer => Buffer.from(rawGet(path, lines), 'latin1');
    const encoded = encodeURIComponent(token);
    const requests = [
      latin1([`Authorization: Bearer ${token}`]),
      latin1([`Authorization: apikey ${token}`]),
      latin1([`X-API-Key: ${token}`]),
      latin1([`X-Publishable-Key: ${token}`, `Origin: ${APP}`]),
      latin1([`Cookie: api-key=${encoded}`]),
      latin1([`Origin: ${APP}`], `/?pubtoken=${encoded}`),
      latin1([], `/?api-key=${encoded}`),
    ];
    for (const request of requests) expectRefused(await sendRaw(api.port, request));
  });

  it.each(['\0', '\x01', '\x7f', '\r', '\n', '\r\n'])(
    'a control character in a header: %j',
    async (character) => {
      for (const line of [`X-API-Key: a${character}b`, `Authorization: Bearer a${character}b`]) {
        expectRefused(await sendRaw(api.port, rawGet('/', [line])));
      }
    },
  );

  it.each(['__proto__', 'constructor', 'hasOwnProperty'])(
    'a header, parameter or cookie called %s',
    async (name) => {
      expectRefused(
        await sendRaw(
          api.port,
          rawGet(`/?${name}=x&${name}[${name}]=y`, [`${name}: x`, `Cookie: ${name}=x`]),
        ),
      );
    },
  );

  it('does not reach the store unless its checksum is right', async () => {
    const reads = test.store.reads;
    await send(api.port, { headers: { authorization: 'Bearer x' } });
    await send(api.port, { headers: { authorization: `Bearer ${test.tokens.uncached.slice(0, -1)}_` } });
    expect(test.store.reads).toBe(reads);
  });
});

describe('any bytes', () => {
  const NAMES = [
    'Authorization',
    'X-API-Key',
    'X-Publishable-Key',
    'Cookie',
    'Origin',
    'Sec-Fetch-Site',
    'Host',
  ];
  const token = fc.constantFrom('secret', 'scoped', 'publishable', 'temporary').map((kind) => kind);
  const bytes = fc.uint8Array({ maxLength: 80 }).map((array) =>
    Buffer.from(array)
      .toString('latin1')
      .replace(/[\r\n]/g, ''),
  );
  /** A token with one character changed, so that no run is ever let in. */
  const nearly = fc
    .tuple(token, fc.nat(56), fc.string({ minLength: 1, maxLength: 1, unit: 'binary-ascii' }))
    .map(([kind, at, by]) => {
      return (): string => {
        const good = test.tokens[kind];
        const changed = good.slice(0, at) + (good[at] === by ? '!' : by) + good.slice(at + 1);
        return changed.replace(/[\r\n]/g, '!');
      };
    });
  const value = fc.oneof(
    bytes.map((text) => () => text),
    nearly,
  );
  const scheme = fc.constantFrom('', 'Bearer ', 'bearer  ', 'apikey ', 'api-key=', 'Basic ');
  const line = fc.tuple(fc.constantFrom(...NAMES), scheme, value);
  const query = fc.tuple(
    fc.constantFrom('/?pubtoken=', '/?api-key=', '/?api%2dkey=', '/?&&pubtoken='),
    value,
  );
  const path = fc.oneof(
    query,
    fc.tuple(
      fc.constant('/'),
      bytes.map((text) => () => text),
    ),
  );

  it('in headers and URL: never let in, never a 5xx, always the envelope', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 4 }), path, async (lines, [start, rest]) => {
        const target = start + rest().replace(/[ \t#]/g, '+');
        const head = lines.map(([name, before, text]) => `${name}: ${before}${text()}`);
        const answer = await sendRaw(api.port, Buffer.from(rawGet(target, head), 'latin1'));
        expectRefused(answer);
      }),
      { numRuns: 300 },
    );
  }, 30_000);
});

describe('what is said about it', () => {
  it('nothing is printed', () => {
    expect(printed).toEqual([]);
    expect(test.lines).toEqual([]);
  });

  it('no event holds a token, a part of one, or a hash; and nothing broke', async () => {
    const text = JSON.stringify(events);
    expect(events.length).toBeGreaterThan(100);
    for (const token of Object.values(test.tokens)) expect(text).not.toContain(token.slice(19, 40));
    expect(text).not.toContain((await storedHash(test.tokens.secret)).slice(-20));
    expect(events.filter((event) => typeof event === 'object' && event !== null && 'task' in event)).toEqual(
      [],
    );
  });

  it('a token in the path, where no carrier is, is not repeated either', async () => {
    events.length = 0;
    await send(api.port, { path: `/v1/${test.tokens.secret}/x` });
    expect(events).toMatchObject([{ reason: 'key_missing', path: '/v1/sk_<redacted>/x' }]);
  });

  it('the store was never in doubt', () => {
    expect(internalsOf(test.keys).runtime.service.breakerState()).toBe('closed');
  });
});
