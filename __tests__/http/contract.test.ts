import { CONTRACT_CASES, contractApp } from './contract-cases';
import { FRAMEWORKS } from './frameworks';
import { APP, createTestKeys, type TestKeys } from './test-keys';
import { listen, send, type Listening } from './wire';

describe.each(FRAMEWORKS)('the contract in $name', (framework) => {
  let test: TestKeys;
  let api: Listening;

  beforeAll(async () => {
    test = await createTestKeys();
    api = await listen(contractApp(framework, test));
  });
  afterAll(() => api.close());

  it.each(CONTRACT_CASES)('$status $name', async ({ ask, during, status, body, challenge, retryAfter }) => {
    const after = during?.(test);
    const answer = await send(api.port, ask(test)).finally(() => after?.());
    expect(answer.text).toBe(body);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      'cache-control': 'no-store',
    });
    expect(answer.headers['www-authenticate']).toBe(challenge);
    expect(answer.headers['retry-after']).toBe(retryAfter);
  });

  it.each(['secret', 'scoped', 'temporary'] as const)('lets a %s key in', async (kind) => {
    const authorization = `Bearer ${test.tokens[kind]}`;
    const answer = await send(api.port, { path: '/open', headers: { authorization } });
    expect(answer).toMatchObject({ status: 200, text: JSON.stringify({ id: test.ids[kind] }) });
  });

  it('lets a publishable key in from its origin', async () => {
    const path = `/open?pubtoken=${test.tokens.publishable}`;
    const answer = await send(api.port, { path, headers: { origin: APP } });
    expect(answer).toMatchObject({ status: 200, text: JSON.stringify({ id: test.ids.publishable }) });
  });

  it('writes no body to HEAD', async () => {
    const answer = await send(api.port, { path: '/open', method: 'HEAD' });
    expect(answer).toMatchObject({ status: 401, text: '' });
  });
});
