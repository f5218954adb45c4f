/** Limits and quotas of one key in three processes at once: exact on Redis and on PostgreSQL. */
import Redis from 'ioredis';
import { Pool } from 'pg';
import { describeWithServer, runName } from '../support/servers';
import { flood, startLimitProcesses } from './limit-processes';

function exact(kind: 'ioredis' | 'redis' | 'pg', url: string, drop: (name: string) => Promise<void>): void {
  const name = runName();
  afterAll(() => drop(name));

  it('three processes let exactly 10 of 200 parallel requests pass, and write no warning', async () => {
    const processes = await startLimitProcesses(kind, url, name, 3);
    try {
      expect(await flood(processes, 200)).toEqual({ 200: 10, 429: 190 });
      expect(processes.written()).toBe('');
    } finally {
      processes.stop();
    }
  });

  it('three processes let exactly the quota pass', async () => {
    const quota = { limit: 7, period: 'month' } as const;
    const processes = await startLimitProcesses(kind, url, name, 3, { quota });
    try {
      expect(await flood(processes, 60)).toEqual({ 200: 7, 429: 53 });
    } finally {
      processes.stop();
    }
  });
}

describeWithServer('redis', (url) => {
  const drop = async (name: string): Promise<void> => {
    const client = new Redis(url);
    const counters = await client.keys(`${name}:*`);
    if (counters.length > 0) await client.del(counters);
    client.disconnect();
  };
  describe('with ioredis', () => {
    exact('ioredis', url, drop);
  });
  describe('with redis', () => {
    exact('redis', url, drop);
  });
});

describeWithServer('postgres', (url) => {
  exact('pg', url, async (name) => {
    const pool = new Pool({ connectionString: url });
    await pool.query(`drop table if exists "${name}"`);
    await pool.end();
  });
});
