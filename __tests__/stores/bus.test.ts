/** The change buses: between two handles on real servers, through broken connections. */
import fc from 'fast-check';
import Ioredis from 'ioredis';
import { Pool } from 'pg';
import { createClient } from 'redis';
import { memoryBusHub, type ChangeBus, type KeyChange } from '../../lib';
import { readMessage, writeMessage } from '../../lib/stores/bus/bus-message';
import { ReconnectingBus, type BusTransport } from '../../lib/stores/bus/reconnecting-bus';
import { redisBus, type RedisBusOptions } from '../../lib/stores/redis';
import { postgresBus } from '../../lib/stores/sql';
import { describeWithServer, runName } from '../support/servers';

/** Writes down what a bus tells its listener. */
function listenTo(bus: ChangeBus) {
  const heard: string[] = [];
  const waiting = new Set<() => void>();
  const hear = (what: string): void => {
    heard.push(what);
    for (const check of waiting) check();
  };
  const listening = bus.subscribe({
    onChange: ({ id, revoked }) => hear(`${id} ${revoked ? 'revoked' : 'changed'}`),
    onLost: () => hear('lost'),
    onRestored: () => hear('restored'),
  });
  /** Resolves when `what` was heard. */
  const until = (what: string): Promise<void> => {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!heard.includes(what)) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  };
  return { heard, until, listening };
}

interface Bus {
  readonly open: () => ChangeBus;
  /** Breaks the listening connections of this test. */
  readonly breakConnections: () => Promise<unknown>;
}

function testBus(get: () => Bus): void {
  it('carries changes to every listener, the sender too', async () => {
    const [a, b] = [get().open(), get().open()];
    const [atA, atB] = [listenTo(a), listenTo(b)];
    await Promise.all([atA.listening, atB.listening]);
    await a.publish({ id: 'k1', revoked: true });
    await b.publish({ id: 'k2', revoked: false });
    await Promise.all([atA, atB].flatMap(({ until }) => [until('k1 revoked'), until('k2 changed')]));
    await Promise.all([a.close(), b.close(), a.close()]);
    expect(atA.heard).not.toContain('lost');
  });

  it('reconnects by itself, and says when it was lost and when it is back', async () => {
    const bus = get().open();
    const { heard, until, listening } = listenTo(bus);
    await listening;
    await get().breakConnections();
    await until('restored');
    await bus.publish({ id: 'later', revoked: true });
    await until('later revoked');
    expect(heard).toEqual(['lost', 'restored', 'later revoked']);
    await bus.close();
  });
}

describeWithServer('redis', (url) => {
  describe.each(['ioredis', 'node-redis'] as const)('redisBus over %s', (name) => {
    const channel = runName();
    const ioredis = new Ioredis(url, { lazyConnect: true, connectionName: channel });
    const nodeRedis = createClient({ url, name: channel });

    beforeAll(async () => {
      await Promise.all([ioredis.connect(), nodeRedis.connect()]);
    });
    afterAll(async () => {
      ioredis.disconnect();
      await nodeRedis.close();
    });

    const client = name === 'ioredis' ? ioredis : nodeRedis;
    testBus(() => ({
      open: () => redisBus({ client: client as unknown as RedisBusOptions['client'], channel }),
      breakConnections: async () => {
        // Redis does not say who listens to which channel: the name of the connection does.
        const list = (await ioredis.call('CLIENT', 'LIST', 'TYPE', 'pubsub')) as string;
        const own = list.split('\n').filter((line) => line.includes(` name=${channel} `));
        for (const line of own)
          await ioredis.call('CLIENT', 'KILL', 'ID', /\bid=(\d+)/.exec(line)?.[1] ?? '');
      },
    }));
  });

  it.each([
    [{ client: {} }, /redisBus options.client: must be a client of ioredis, or a connected client of redis/],
    [{ client: new Ioredis({ lazyConnect: true }), channel: 'a b' }, /channel: must have 1 to 128 visible/],
    [{ client: new Ioredis({ lazyConnect: true }), chanel: 'a' }, /chanel: is not an option/],
  ])('refuses the options %#', (options, message) => {
    expect(() => redisBus(options as never)).toThrow(message);
  });
});

describeWithServer('postgres', (url) => {
  describe('postgresBus', () => {
    const channel = runName();
    const pool = new Pool({ connectionString: url, application_name: channel, max: 5 });
    pool.on('error', () => undefined);

    afterAll(() => pool.end());

    testBus(() => ({
      open: () => postgresBus({ pool, channel }),
      breakConnections: () => {
        return pool.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name = $1 AND query LIKE 'LISTEN%' AND pid <> pg_backend_pid()`,
          [channel],
        );
      },
    }));

    it('gives its connection back when it is closed', async () => {
      const own = new Pool({ connectionString: url, max: 2 });
      const bus = postgresBus({ pool: own, channel });
      await listenTo(bus).listening;
      expect(own.totalCount - own.idleCount).toBe(1);
      await bus.close();
      expect(own.totalCount - own.idleCount).toBe(0);
      await own.end();
    });

    it.each([
      [{ pool: {} }, /postgresBus options.pool: must be a Pool of pg; received an object/],
      [{ pool, channel: 'x; DROP TABLE y' }, /channel: must be a lower-case letter/],
      [{ pool, name: 'a' }, /name: is not an option/],
    ])('refuses the options %#', (options, message) => {
      expect(() => postgresBus(options as never)).toThrow(message);
    });
  });
});

describe('memoryBusHub', () => {
  const hub = memoryBusHub();
  it('carries changes to every end, until it is closed', async () => {
    const [a, b] = [hub.bus(), hub.bus()];
    const [atA, atB] = [listenTo(a), listenTo(b)];
    await a.publish({ id: 'k', revoked: true });
    await b.close();
    await a.publish({ id: 'k', revoked: false });
    expect([atA.heard, atB.heard]).toEqual([['k revoked', 'k changed'], ['k revoked']]);
    await a.close();
  });
});

describe('messages', () => {
  it('are read as they were written', () => {
    const id = fc.stringMatching(/^[\x21-\x7e]{1,128}$/);
    fc.assert(
      fc.property(id, fc.boolean(), (name, revoked) => {
        const change: KeyChange = { id: name, revoked };
        expect(readMessage(writeMessage({ change }))).toEqual({ change });
      }),
    );
  });

  it('of others on the same channel are passed over', () => {
    for (const text of [
      '',
      'c',
      'c 2 k',
      'c 1 ',
      'c 1 a b',
      'h ',
      'h a b',
      '{"id":"k"}',
      `c 1 ${'x'.repeat(129)}`,
    ]) {
      expect(readMessage(text)).toBeNull();
    }
  });
});

describe('ReconnectingBus', () => {
  const times = { heartbeat: 20, firstDelay: 5, maxDelay: 20 };

  /** A server that can be made to hang, to refuse, or to swallow messages. */
  function server() {
    const state = { swallows: false, refuses: 0, connections: 0, open: 0 };
    const texts = new Set<(text: string) => void>();
    const transport: BusTransport = {
      connect: (onText) => {
        state.connections += 1;
        if (state.refuses > 0) {
          state.refuses -= 1;
          return Promise.reject(new Error('refused'));
        }
        state.open += 1;
        texts.add(onText);
        return Promise.resolve({
          close: () => {
            state.open -= 1;
            texts.delete(onText);
            return Promise.resolve();
          },
        });
      },
      publish: (text) => {
        if (!state.swallows) for (const onText of texts) onText(text);
        return Promise.resolve();
      },
    };
    return { state, transport };
  }

  it('notices a connection that swallows messages by its heartbeats', async () => {
    const { state, transport } = server();
    const bus = new ReconnectingBus(transport, times);
    const { heard, until, listening } = listenTo(bus);
    await listening;
    state.swallows = true;
    await until('lost');
    state.swallows = false;
    await until('restored');
    expect(heard.slice(0, 2)).toEqual(['lost', 'restored']);
    await bus.close();
    expect(state.open).toBe(0);
  });

  it('tries again and again where the server refuses, and keeps one connection', async () => {
    const { state, transport } = server();
    state.refuses = 4;
    const bus = new ReconnectingBus(transport, times);
    const { heard, until, listening } = listenTo(bus);
    await listening;
    expect(heard).toEqual(['lost']);
    await until('restored');
    expect(state).toMatchObject({ connections: 5, open: 1 });
    await bus.close();
    expect(state.open).toBe(0);
  });

  it('leaves no connection behind when it is closed while it connects', async () => {
    const { state, transport } = server();
    const bus = new ReconnectingBus(transport, times);
    const { listening } = listenTo(bus);
    await bus.close();
    await listening;
    expect(state.open).toBe(0);
  });
});
