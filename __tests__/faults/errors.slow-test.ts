/** Servers that answer, but with errors: the verdict is unknown, and never a 401 or a 200. */
import type { Socket } from 'node:net';
import { FaultProcess, type Answer } from './fault-process';
import { PROMISED, describeInstalled, statuses, tokensOf, untilAdmitted, withKeys } from './judging';
import { POSTGRES, REDIS } from './own-server';
import {
  postgresSubject,
  redisSubject,
  type PostgresSubject,
  type RedisSubject,
  type Subject,
} from './subjects';
import { TcpProxy } from './tcp-proxy';

/** A process with one key in its cache, and others that it has never read. */
async function startWith(settings: Subject['settings']) {
  const process = await FaultProcess.start(withKeys(settings, { cache: { ttl: 60 } }));
  const cold = tokensOf(await process.ask('create', { count: 16 }));
  const cached = cold.pop()!;
  await process.ask('get', [cached]);
  return {
    process,
    async read(): Promise<number[]> {
      return statuses(await process.ask('get', cold.splice(0, 1)));
    },
    async write(): Promise<string> {
      return (await process.ask('change', { method: 'create', of: { kind: 'secret', name: 'x' } })).outcome;
    },
    async expectReadsFail(): Promise<void> {
      const answers: Answer[] = await process.ask('get', cold.splice(0, 3));
      expect(statuses(answers)).toEqual([503]);
      for (const { retryAfter } of answers) expect(retryAfter).toMatch(/^[1-9]\d*$/);
      expect(statuses(await process.ask('get', [cached]))).toEqual([200]);
    },
    async expectBack(): Promise<void> {
      expect(await untilAdmitted(process, cold.pop()!)).toBeLessThan(PROMISED.back);
    },
  };
}

describeInstalled('Redis', REDIS, (program) => {
  let subject: RedisSubject;
  let proxy: TcpProxy;
  let asked: Awaited<ReturnType<typeof startWith>>;

  beforeAll(async () => {
    subject = await redisSubject(program);
    proxy = new TcpProxy('127.0.0.1', Number(new URL(subject.settings.url).port));
    await proxy.forward();
    asked = await startWith({ kind: 'redis', url: `redis://127.0.0.1:${String(proxy.port)}` });
  }, 60_000);

  afterAll(async () => {
    await asked.process.kill();
    await proxy.refuse();
    await subject.remove();
  }, 60_000);

  it('OOM: writes are 503, reads go on', async () => {
    await subject.send('CONFIG', 'SET', 'maxmemory', '1');
    expect(await asked.write()).toBe('UNAVAILABLE');
    expect(await asked.read()).toEqual([200]);
    await subject.send('CONFIG', 'SET', 'maxmemory', '0');
    expect(await asked.write()).toBe('done');
  });

  it('READONLY and MASTERDOWN: a replica that lost its primary', async () => {
    await subject.send('REPLICAOF', '127.0.0.1', '1');
    expect(await asked.write()).toBe('UNAVAILABLE');
    await subject.send('CONFIG', 'SET', 'replica-serve-stale-data', 'no');
    await asked.expectReadsFail();
    await subject.send('REPLICAOF', 'NO', 'ONE');
    await asked.expectBack();
    expect(await asked.write()).toBe('done');
  }, 30_000);

  it('LOADING: it has started, and reads its file', async () => {
    await proxy.answer((client: Socket) => {
      client.on('data', (bytes) => {
        const commands = bytes.toString('latin1').match(/\*\d+\r\n/g) ?? [];
        client.write('-LOADING Redis is loading the dataset in memory\r\n'.repeat(commands.length));
      });
    });
    await asked.expectReadsFail();
    await proxy.forward();
    proxy.cut();
    await asked.expectBack();
  }, 30_000);
});

describeInstalled('PostgreSQL', POSTGRES, (program) => {
  let subject: PostgresSubject;
  let asked: Awaited<ReturnType<typeof startWith>>;

  beforeAll(async () => {
    subject = await postgresSubject(program);
    asked = await startWith(subject.settings);
  }, 60_000);

  afterAll(async () => {
    await asked.process.kill();
    await subject.remove();
  }, 60_000);

  it.each([
    ['too many connections', 'alter role app connection limit 0', 'alter role app connection limit -1'],
    [
      'a database that takes no connections',
      'alter database app allow_connections false',
      'alter database app allow_connections true',
    ],
  ])(
    '%s',
    async (_, spoil, mend) => {
      await subject.asSuperuser(spoil);
      await subject.asSuperuser(
        `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'`,
      );
      await asked.expectReadsFail();
      expect(await asked.write()).toBe('UNAVAILABLE');
      await subject.asSuperuser(mend);
      await asked.expectBack();
    },
    30_000,
  );
});
