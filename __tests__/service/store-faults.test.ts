/** What requests are answered while the store fails, and that the service recovers by itself. */
import { KNOWN_FACTS } from '../../lib/service/request-facts';
import { InvalidValueError } from '../../lib/errors';
import { createStoreClient, type StoreClientOptions } from '../../lib/service/store-client';
import { memoryStore } from '../../lib/stores/memory-store';
import { settle } from '../support/controlled-store';
import { testService } from '../support/test-service';

const REFUSED = new Error('connection refused');
/** The breaker reads the time itself. */
const systemNow = Date.now.bind(Date);
let offset = 0;
beforeAll(() => {
  jest.spyOn(Date, 'now').mockImplementation(() => systemNow() + offset);
});

function moveSystemTime(ms: number): void {
  offset += ms;
}

function client(overrides: Partial<StoreClientOptions> = {}) {
  const [onDown, onUp, onCall] = [jest.fn(), jest.fn(), jest.fn()];
  const made = createStoreClient({
    store: memoryStore(),
    timeout: 1_000,
    maxInFlight: 2,
    onDown,
    onUp,
    onCall,
    ...overrides,
  });
  const fail = () => made.call('findById', () => Promise.reject(REFUSED)).catch((error: unknown) => error);
  return { ...made, state: () => made.state, fail, onDown, onUp, onCall };
}

describe('one call', () => {
  it('hands on what the store answered, and tells how long it took', async () => {
    const { call, onCall } = client();
    expect(await call('findById', (store) => store.findById('x'))).toBeNull();
    expect(onCall).toHaveBeenCalledWith('findById', expect.any(Number), true);
  });

  it('that fails is UNAVAILABLE, with the cause', async () => {
    const { fail, onCall } = client();
    expect(await fail()).toMatchObject({ code: 'UNAVAILABLE', cause: REFUSED });
    expect(onCall).toHaveBeenCalledWith('findById', expect.any(Number), false);
  });

  it('that throws at once is UNAVAILABLE', async () => {
    const { call } = client();
    const thrown = call('findById', () => {
      throw REFUSED;
    });
    await expect(thrown).rejects.toMatchObject({ code: 'UNAVAILABLE', cause: REFUSED });
  });

  it('that hangs is UNAVAILABLE after the time-out', async () => {
    const { call } = client({ timeout: 15 });
    await expect(call('findById', () => new Promise(() => undefined))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  it('that breaks a limit of the store says so, and counts as an answer', async () => {
    const { call, state } = client();
    const error = new InvalidValueError('name: too long');
    for (let i = 0; i < 6; i += 1) {
      await expect(call('create', () => Promise.reject(error))).rejects.toBe(error);
    }
    expect(state()).toBe('closed');
  });

  it('beyond the bound is refused at once, and is no failure of the store', async () => {
    const { call, state } = client();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const running = [call('a', () => held), call('b', () => held)];
    for (let i = 0; i < 6; i += 1) {
      await expect(call('c', () => held)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    }
    release();
    await Promise.all(running);
    expect(state()).toBe('closed');
  });
});

describe('the breaker', () => {
  it('opens after 5 failures in a row, asks nothing for a second, then one call tries', async () => {
    const { call, fail, state, onDown, onUp } = client();
    for (let i = 0; i < 4; i += 1) await fail();
    expect(state()).toBe('closed');
    await fail();
    expect(state()).toBe('open');
    expect(onDown).toHaveBeenCalledWith(REFUSED);
    const asked = jest.fn(async () => 'answer');
    await expect(call('findById', asked)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(asked).not.toHaveBeenCalled();

    moveSystemTime(1_001);
    let release = (): void => undefined;
    const trying = call('findById', () => new Promise<void>((resolve) => (release = resolve)));
    await settle();
    expect(state()).toBe('half-open');
    await expect(call('findById', asked)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(asked).not.toHaveBeenCalled();
    release();
    await trying;
    expect(state()).toBe('closed');
    expect(onUp).toHaveBeenCalledTimes(1);
    await expect(call('findById', asked)).resolves.toBe('answer');
  });

  it('says once that the store is down, however often it tried in vain', async () => {
    const { fail, state, onDown } = client();
    for (let i = 0; i < 5; i += 1) await fail();
    for (let i = 0; i < 3; i += 1) {
      moveSystemTime(1_001);
      await fail();
    }
    expect(state()).toBe('open');
    expect(onDown).toHaveBeenCalledTimes(1);
  });

  it('counts a success between failures', async () => {
    const { call, fail, state } = client();
    for (let i = 0; i < 8; i += 1) {
      await fail();
      if (i % 4 === 3) await call('ping', async () => undefined);
    }
    expect(state()).toBe('closed');
  });
});

describe('a service whose store fails', () => {
  it('answers cached keys, refuses the others with 503, says so, and recovers', async () => {
    const t = testService();
    const [down, up] = [t.record('store_down'), t.record('store_up')];
    const [cached, cold] = [await t.create(), await t.create()];
    await t.verified(cached.token);
    t.failWith(REFUSED);
    for (let i = 0; i < 6; i += 1) {
      expect(await t.verify(cold.token)).toMatchObject({
        denial: { code: 'UNAVAILABLE', status: 503, retryAfter: 1 },
      });
    }
    expect(t.verify(cached.token)).toMatchObject({ granted: true });
    expect(t.service.breakerState()).toBe('open');
    expect(down).toEqual([{ error: REFUSED, at: t.clock() }]);
    await expect(t.service.revoke(cached.key.id)).rejects.toMatchObject({ code: 'UNAVAILABLE' });

    t.failWith(null);
    moveSystemTime(1_001);
    expect(await t.outcome(cold.token)).toBe('granted');
    expect(up).toEqual([{ at: t.clock() }]);
  });

  it('refuses at the time-out when the store hangs', async () => {
    const t = testService({ storeTimeout: 15 });
    const { token } = await t.create();
    t.hold('findById');
    expect(await t.outcome(token)).toBe('unavailable');
  });

  it('does not believe what it knew of a key whose change was not confirmed', async () => {
    const t = testService();
    const { token, key } = await t.create();
    for (const [method, change] of [
      ['revoke', () => t.service.revoke(key.id)],
      ['update', () => t.service.update(key.id, { disabled: true })],
      ['rotate', () => t.service.rotate(key.id)],
    ] as const) {
      await t.verified(token);
      t.setGate((phase, called) => {
        return phase === 'before' && called === method ? Promise.reject(REFUSED) : undefined;
      });
      await expect(change()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      t.setGate(null);
      expect(t.verify(token)).toBeInstanceOf(Promise);
    }
  });
});

describe('staleIfError', () => {
  it('uses a key that was read before, up to its ceiling and while its verdict holds', async () => {
    const t = testService({ staleIfError: 60_000 });
    const { token } = await t.create();
    await t.verified(token);
    t.failWith(REFUSED);
    t.clock.advance(59_999);
    expect(await t.outcome(token)).toBe('granted');
    t.clock.advance(1);
    expect(await t.outcome(token)).toBe('unavailable');
    t.clock.advance(-60_001);
    expect(await t.outcome(token)).toBe('unavailable');
  });

  it('covers imported tokens and temporary ones, with their parents', async () => {
    const t = testService({ staleIfError: 60_000, imported: true });
    const opaque = 'an-opaque-token-of-old';
    await t.service.import([{ kind: 'secret', name: 'old', scopes: ['*'], token: opaque }]);
    const minted = await t.service.mintTemporary(await t.verified(opaque), { scopes: ['models:read'] });
    await t.verified(minted.token);
    t.failWith(REFUSED);
    t.clock.advance(10_000);
    expect(await t.outcome(opaque)).toBe('granted');
    expect(await t.outcome(minted.token)).toBe('granted');
  });

  it.each<[string, (t: ReturnType<typeof testService>, id: string) => Promise<unknown>, string]>([
    ['revoked', (t, id) => t.service.revoke(id), 'unavailable'],
    ['disabled', (t, id) => t.service.update(id, { disabled: true }), 'unavailable'],
    [
      'expired',
      async (t, id) => {
        await t.service.update(id, { expiresAt: t.clock() + 1_000 });
      },
      'key_expired',
    ],
  ])('is never for a key that is known as %s', async (name, change, reason) => {
    const t = testService({ staleIfError: 60_000 });
    const { token, key } = await t.create();
    await t.verified(token);
    await change(t, key.id);
    if (name === 'expired') await t.verified(token);
    t.failWith(REFUSED);
    t.clock.advance(10_000);
    expect(await t.outcome(token)).toBe(reason);
  });

  it('is never for what must be read from the store: explanations, and keys that change keys', async () => {
    const t = testService({ staleIfError: 60_000 });
    const { token, key } = await t.create();
    await t.verified(token);
    t.failWith(REFUSED);
    t.clock.advance(10_000);
    expect(await t.outcome(token)).toBe('granted');
    const unavailable = { code: 'UNAVAILABLE' };
    await expect(t.service.explain(key.id, {})).rejects.toMatchObject(unavailable);
    await expect(t.service.reverify(key.id, KNOWN_FACTS, {})).rejects.toMatchObject(unavailable);
  });

  it('is never for a key that was not read before, and never where it is off', async () => {
    const on = testService({ staleIfError: 60_000 });
    const off = testService();
    const cold = await on.create();
    on.failWith(REFUSED);
    expect(await on.outcome(cold.token)).toBe('unavailable');
    const warm = await off.create();
    await off.verified(warm.token);
    off.failWith(REFUSED);
    off.clock.advance(10_000);
    expect(await off.outcome(warm.token)).toBe('unavailable');
  });

  it('is never for a failure of the ceiling: the store has answered', async () => {
    let ceiling = async (): Promise<readonly string[]> => ['*'];
    const t = testService({ staleIfError: 60_000, principalScopes: () => ceiling() });
    const { token } = await t.create({ userId: 'u1' });
    await t.verified(token);
    ceiling = () => Promise.reject(new Error('no directory'));
    t.clock.advance(10_000);
    expect(await t.outcome(token)).toBe('unavailable');
  });
});
