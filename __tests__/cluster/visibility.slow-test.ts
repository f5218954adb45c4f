/** A change made in one process is seen in four others: with each bus, and without one. */
import Ioredis from 'ioredis';
import { Pool } from 'pg';
import { createApiKeys, defineScopes, type ApiKeys, type ChangeBus } from '../../lib';
import { redisBus } from '../../lib/stores/redis';
import { postgresBus, sqlStore } from '../../lib/stores/sql';
import { describeWithServer, runName, withDatabase } from '../support/servers';
import { ClusterProcess, type ClusterSettings, type Watch } from './cluster';

const PROCESSES = 4;
const REVOCATIONS = 200;
/** Changes of each other sort. */
const OTHERS = 25;
const TTL = 1;
const REQUESTS = 100_000;
const ORIGIN = 'https://app.example.com';

const scopes = defineScopes({
  resources: { floor: { actions: ['read', 'update'], publishable: ['read'] } },
});

/** A key that is watched, and the change that takes something from it. */
interface Trial {
  readonly watch: Watch;
  readonly change: () => Promise<unknown>;
}

async function revocation(keys: ApiKeys, name: string): Promise<Trial> {
  const { token, key } = await keys.create({ kind: 'secret', name });
  return { watch: { id: name, token }, change: () => keys.revoke(key.id) };
}

async function narrowing(keys: ApiKeys, name: string): Promise<Trial> {
  const { token, key } = await keys.create({ kind: 'scoped', name, scopes: ['floor:read', 'floor:update'] });
  return {
    watch: { id: name, token, scope: 'floor:update' },
    change: () => keys.update(key.id, { scopes: ['floor:read'] }),
  };
}

async function originList(keys: ApiKeys, name: string): Promise<Trial> {
  const { token, key } = await keys.create({
    kind: 'publishable',
    name,
    scopes: ['floor:read'],
    origins: [ORIGIN, 'https://other.example.com'],
  });
  return {
    watch: { id: name, token, facts: { origin: ORIGIN } },
    change: () => keys.update(key.id, { origins: ['https://other.example.com'] }),
  };
}

async function parent(keys: ApiKeys, name: string): Promise<Trial> {
  const { token, key } = await keys.create({ kind: 'secret', name });
  const verdict = await keys.verify(token);
  if (!verdict.granted) throw new Error('the parent was refused');
  const child = await keys.mintTemporary(verdict.key, { scopes: ['floor:read'] });
  return { watch: { id: name, token: child.token }, change: () => keys.revoke(key.id) };
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

describeWithServer('postgres', (postgres) => {
  describeWithServer('redis', (redisUrl) => {
    const name = runName();
    const admin = new Pool({ connectionString: postgres, max: 1 });
    const postgresUrl = withDatabase(postgres, name);
    const pool = new Pool({ connectionString: postgresUrl, max: 6 });
    // Dropping the database ends connections that are still closing.
    pool.on('error', () => undefined);
    const redis = new Ioredis(redisUrl, { lazyConnect: true });

    beforeAll(async () => {
      await admin.query(`create database ${name}`);
      await sqlStore({ postgres: pool }).migrate();
      await redis.connect();
    }, 60_000);

    afterAll(async () => {
      redis.disconnect();
      await pool.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    }, 60_000);

    const BUSES: Record<ClusterSettings['bus'], (channel: string) => { bus?: ChangeBus }> = {
      redis: (channel) => ({
        bus: redisBus({ client: redis, channel }),
      }),
      postgres: (channel) => ({ bus: postgresBus({ pool, channel }) }),
      none: () => ({}),
    };

    it.each([
      ['redis', 1_000],
      ['postgres', 1_000],
      ['none', TTL * 1_000 + 1_000],
    ] as const)(
      'with the bus %s every change is seen everywhere within %i ms (p99), and none is forgotten',
      async (bus, bound) => {
        const channel = runName();
        const pepper = 'a pepper of more than thirty-two characters';
        const settings = { postgresUrl, redisUrl, bus, channel, ttl: TTL, pepper };
        const processes = Array.from({ length: PROCESSES }, () => new ClusterProcess(settings));
        const keys = createApiKeys({
          store: sqlStore({ postgres: pool }),
          scopes,
          pepper,
          storeTimeout: 10,
          caps: { secret: Infinity, publishable: Infinity, scoped: Infinity },
          ...BUSES[bus](channel),
        });
        await Promise.all(processes.map((process) => process.answer('ready')));

        const sorts = [
          ...Array.from({ length: REVOCATIONS }, () => revocation),
          ...[narrowing, originList, parent].flatMap((sort) => Array.from({ length: OTHERS }, () => sort)),
        ];
        const delays: number[] = [];
        const watches: Watch[] = [];
        for (let start = 0; start < sorts.length; start += 25) {
          const batch = sorts.slice(start, start + 25);
          const trials = await Promise.all(
            batch.map((sort, i) => sort(keys as unknown as ApiKeys, `${bus}-${String(start + i)}`)),
          );
          await Promise.all(trials.flatMap(({ watch }) => processes.map((process) => process.watch(watch))));
          await Promise.all(
            trials.map(async ({ watch, change }) => {
              await change();
              const changed = Date.now();
              const seen = await Promise.all(processes.map((process) => process.answer('refused', watch.id)));
              delays.push(...seen.map(({ at }) => (at ?? Infinity) - changed));
            }),
          );
          watches.push(...trials.map(({ watch }) => watch));
        }

        const times = Math.ceil(REQUESTS / PROCESSES);
        const admitted = await Promise.all(
          processes.map(async (process) => {
            process.send({ type: 'hammer', id: bus, watches, times });
            return (await process.answer('hammered', bus)).admitted ?? Number.NaN;
          }),
        );
        const p99 = percentile(delays, 0.99);
        process.stderr.write(
          `bus ${bus}: ${String(delays.length)} sightings, median ${String(percentile(delays, 0.5))} ms, ` +
            `p99 ${String(p99)} ms, most ${String(Math.max(...delays))} ms; ` +
            `${String(admitted.reduce((sum, count) => sum + count, 0))} of ${String(REQUESTS)} admitted after\n`,
        );
        expect(delays).toHaveLength(sorts.length * PROCESSES);
        expect(p99).toBeLessThan(bound);
        expect(admitted).toEqual(processes.map(() => 0));
        await Promise.all(processes.map((process) => process.close()));
        await keys.close();
      },
      180_000,
    );
  });
});
