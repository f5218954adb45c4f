/** What reaches the endpoints rarely: HTTP/2, requests without an address, stores that keep less. */
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { InvalidValueError } from '../../lib';
import { managementRouter } from '../../lib/management';
import { createApi } from './support';

describe('over HTTP/2, where no header tells whether there is a body', () => {
  it.each([
    ['without one', null, 201, '2024-01-16T10:00:00Z'],
    ['with one', '{"overlap_seconds":60}', 201, '2024-01-15T10:01:00Z'],
  ])('a rotation %s', async (_name, body, status, expiresAt) => {
    const { keys, issue } = createApi();
    const { token, id } = await issue();
    const router = managementRouter(keys);
    const server = http2.createServer((req, res) => {
      router(req as never, res as never, () => res.end());
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const client = http2.connect(`http://localhost:${String((server.address() as AddressInfo).port)}`);
    const stream = client.request(
      { ':method': 'POST', ':path': `/keys/${id}/rotate`, authorization: `Bearer ${token}` },
      { endStream: body === null },
    );
    if (body !== null) stream.end(body);
    let answered = 0;
    stream.on('response', (headers) => {
      answered = headers[':status'] ?? 0;
    });
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    client.close();
    server.close();
    expect(answered).toBe(status);
    expect(JSON.parse(text).previous.expires_at).toBe(expiresAt);
  });
});

it('an actor without an address is an actor all the same', async () => {
  const { keys, issue } = createApi();
  const { token, id } = await issue();
  const by: unknown[] = [];
  keys.on('revoked', (event) => by.push(event.by));
  const status = await new Promise((resolve) => {
    const req = {
      method: 'DELETE',
      url: `/keys/${id}`,
      headers: { authorization: `Bearer ${token}` },
      socket: {},
    };
    const res = {
      setHeader: () => res,
      end: () => resolve(res.statusCode),
      statusCode: 0,
      headersSent: false,
    };
    managementRouter(keys)(req as never, res as never, resolve);
  });
  expect(status).toBe(200);
  expect(by).toEqual([{ type: 'key', id }]);
});

it('a request without a method or a URL goes on', () => {
  const next = jest.fn();
  managementRouter(createApi().keys)({ headers: {} } as never, {} as never, next);
  expect(next).toHaveBeenCalledWith();
});

it('an error of the authentication goes on to the host', async () => {
  const { keys } = createApi();
  const broken = { method: 'GET', url: '/keys', headers: {}, rawHeaders: [] };
  Object.defineProperty(broken, 'apiKey', {
    get: () => undefined,
    set: () => {
      throw new Error('frozen request');
    },
  });
  expect(() => managementRouter(keys)(broken as never, {} as never, () => {})).toThrow('frozen request');
});

it('what a store does not keep is a 400 that names the field on the wire', async () => {
  const { issue, call, store } = createApi();
  const { token } = await issue();
  const body = { name: 'x', permissions: ['models:read'] };
  for (const [message, field] of [
    ['scopes: must be at most 9 characters. Received 11', 'permissions'],
    ['scopes[0]: must be a string', 'scopes[0]'],
  ] as const) {
    jest.spyOn(store, 'create').mockRejectedValueOnce(new InvalidValueError(message));
    const answer = await call(token, 'post', '/keys', body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.details).toEqual({ field });
    expect(answer.body.error.message).toContain(field);
  }
});
