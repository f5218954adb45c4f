import type { ApiKeysOptions, FormatError } from '../../lib';
import { apiKeyAuth, authenticateUpgrade } from '../../lib';
import { KEY_MISSING } from '../../lib/denials';
import { writeDenial } from '../../lib/http/error-response';
import { FRAMEWORKS, behind, mountErrors } from './frameworks';
import { createTestKeys } from './test-keys';
import { send, sendRaw, rawGet, withServer } from './wire';

const ENVELOPE =
  '{"error":{"code":"UNAUTHORIZED","message":"API key is missing","details":{"reason":"key_missing"}}}';
const problem: FormatError = ({ code, message, details }, status) => ({
  contentType: 'application/problem+json',
  body: { title: message, status, code, ...details },
});

describe('formatError', () => {
  it.each(FRAMEWORKS)(
    'speaks the dialect of the host in $name; status and headers stay',
    async (framework) => {
      const { keys } = await createTestKeys({ formatError: problem });
      const app = framework.app();
      app.use(framework.authenticate(keys));
      mountErrors(app);
      const answer = await withServer(app, (port) => send(port));
      expect(answer.status).toBe(401);
      expect(answer.text).toBe(
        '{"title":"API key is missing","status":401,"code":"UNAUTHORIZED","reason":"key_missing"}',
      );
      expect(answer.headers).toMatchObject({
        'content-type': 'application/problem+json',
        'content-length': String(answer.text.length),
        'cache-control': 'no-store',
        'www-authenticate': 'Bearer',
      });
    },
  );

  it('also in guards and on upgrades', async () => {
    const { keys, tokens } = await createTestKeys({
      formatError: (error) => ({ body: { error: error.message } }),
    });
    const guard = keys.requireScope('models:write');
    const listener = behind(apiKeyAuth(keys), (req, res, next) => guard(req, res, next));
    const answer = await withServer(listener, (port) =>
      send(port, { headers: { 'x-api-key': tokens.scoped } }),
    );
    expect(answer).toMatchObject({ status: 403, text: '{"error":"Insufficient permissions"}' });
    const authenticate = authenticateUpgrade(keys);
    const upgrade = await withServer(
      () => {},
      (port, server) => {
        server.on('upgrade', (req, socket) => void authenticate(req, socket));
        return sendRaw(
          port,
          rawGet('/', []).replace('Connection: close', 'Connection: Upgrade\r\nUpgrade: x'),
        );
      },
    );
    expect(upgrade).toContain('\r\n\r\n{"error":"API key is missing"}');
  });

  it.each<[string, NonNullable<ApiKeysOptions['formatError']>]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['answers nothing', () => undefined as never],
    ['answers no body', () => ({}) as never],
    ['answers a function', () => ({ body: () => {} })],
    ['answers what is no JSON', () => ({ body: 1n })],
    [
      'answers a ring',
      () => {
        const ring: { self?: unknown } = {};
        ring.self = ring;
        return { body: ring };
      },
    ],
    ['answers a type that splits headers', () => ({ body: {}, contentType: 'text/plain\r\nX: y' })],
    ['answers a type that is none', () => ({ body: {}, contentType: undefined as never })],
  ])('that %s leaves the refusal as it is', async (name, formatError) => {
    const { keys } = await createTestKeys({ formatError });
    const answer = await withServer(behind(apiKeyAuth(keys)), (port) => send(port));
    expect(answer.status).toBe(401);
    expect(answer.text).toBe(name === 'answers a type that is none' ? '{}' : ENVELOPE);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  });
});

describe('a response that has begun', () => {
  it('is cut off, so that nobody takes a part for the whole', async () => {
    const answer = withServer(
      (req, res) => {
        res.writeHead(200, { 'content-length': '100' });
        res.write('half', () => writeDenial(req, res, KEY_MISSING));
      },
      (port) => send(port),
    );
    await expect(answer).rejects.toThrow('aborted');
  });
});
