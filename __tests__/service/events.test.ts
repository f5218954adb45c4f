import { Events } from '../../lib/service/events';
import { settle } from '../support/controlled-store';
import { testService } from '../support/test-service';

it('tells every listener, in order, until it is taken away', () => {
  const events = new Events();
  const seen: string[] = [];
  const first = () => void seen.push('first');
  events.on('store_up', first);
  events.on('store_up', () => void seen.push('second'));
  expect(events.wanted('store_up')).toBe(true);
  expect(events.wanted('store_down')).toBe(false);
  events.emit('store_up', { at: 1 });
  events.off('store_up', first);
  events.emit('store_up', { at: 2 });
  expect(seen).toEqual(['first', 'second', 'second']);
});

it.each<[string, () => void]>([
  [
    'throws',
    () => {
      throw new Error('broken listener');
    },
  ],
  ['rejects', () => Promise.reject(new Error('broken listener'))],
])('reports a listener that %s, and goes on to the next', async (_name, listener) => {
  const events = new Events();
  const [failure, next] = [jest.fn(), jest.fn()];
  events.on('failure', failure);
  events.on('store_up', listener);
  events.on('store_up', next);
  events.emit('store_up', { at: 7 });
  await settle();
  expect(next).toHaveBeenCalledTimes(1);
  expect(failure).toHaveBeenCalledWith({
    task: 'listener of store_up',
    error: new Error('broken listener'),
    at: 7,
  });
});

it.each<[string, () => void]>([
  [
    'throws',
    () => {
      throw new Error('broken listener');
    },
  ],
  ['rejects', () => Promise.reject(new Error('broken listener'))],
])('drops what a listener of failures %s', async (_name, listener) => {
  const events = new Events();
  const listening = jest.fn(listener);
  events.on('failure', listening);
  expect(() => events.emit('failure', { task: 't', error: null, at: 1 })).not.toThrow();
  await settle();
  expect(listening).toHaveBeenCalledTimes(1);
});

it('changes no answer when listeners of every change are broken', async () => {
  const t = testService();
  for (const event of ['created', 'updated', 'rotated', 'revoked'] as const) {
    t.service.events.on(event, () => {
      throw new Error('broken listener');
    });
  }
  const failures = t.record('failure');
  const { key } = await t.create();
  await t.service.update(key.id, { name: 'Another' });
  const { key: successor } = await t.service.rotate(key.id);
  await t.service.revoke(successor.id);
  expect(failures.map(({ task }) => task)).toEqual(
    ['created', 'updated', 'rotated', 'revoked'].map((event) => `listener of ${event}`),
  );
});

it('tells who changed what and when, once for each change', async () => {
  const t = testService();
  const by = { type: 'user', id: 'admin', address: '192.0.2.1' } as const;
  const system = { type: 'system', id: 'system' };
  const [created, updated, rotated, revoked] = (['created', 'updated', 'rotated', 'revoked'] as const).map(
    (event) => t.record(event),
  );
  const { token, key } = await t.create();
  await t.service.update(key.id, { name: 'Another', scopes: ['models:read'] }, { by });
  const rotation = await t.service.rotate(key.id, { by });
  await t.service.revoke(key.id, { by });
  await t.service.revoke(key.id, { by });
  await t.service.revoke(rotation.key.id);
  const at = t.clock();
  expect(created).toEqual([{ key, by: system, at }]);
  expect(updated).toMatchObject([{ key: { name: 'Another' }, fields: ['name', 'scopes'], by, at }]);
  expect(rotated).toEqual([{ key: rotation.previous, successor: rotation.key, by, at }]);
  expect(revoked).toMatchObject([
    { key: { id: key.id }, by, at },
    { key: { id: rotation.key.id }, by: system, at },
  ]);
  const told = JSON.stringify([created, updated, rotated, revoked]);
  for (const secret of [token, rotation.token, token.slice(19), 'hmac-sha256:', 'lookup']) {
    expect(told).not.toContain(secret);
  }
});

it('tells how long hashes take to compare, when someone listens', async () => {
  const t = testService();
  const [compared, called] = [t.record('hash_compared'), t.record('store_call')];
  await t.verified((await t.create()).token);
  expect(compared).toMatchObject([{ algorithm: 'hmac-sha256' }]);
  expect(called.map((event) => event.operation)).toEqual(['create', 'findById']);
});
