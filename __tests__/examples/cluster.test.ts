/** The cluster example: a key that one process revokes is refused by another, and limits are shared. */
import { Pool } from 'pg';
import { describeWithServer, runName, withDatabase } from '../support/servers';
import { builtProject, type BuiltProject } from './built-project';
import { RunningExample } from './running-example';

jest.setTimeout(90_000);

describeWithServer('postgres', (postgres) => {
  describeWithServer('redis', (redis) => {
    const name = runName();
    const admin = new Pool({ connectionString: postgres, max: 1 });
    let project: BuiltProject;
    let example: RunningExample;
    let ports: string[];
    let key: string;

    beforeAll(async () => {
      await admin.query(`create database ${name}`);
      project = builtProject('cluster');
      example = new RunningExample('exec node examples/cluster/start.mjs', project.folder, {
        DATABASE_URL: withDatabase(postgres, name),
        REDIS_URL: redis,
        PROCESSES: '2',
        PORT: String(20_000 + (process.pid % 10_000)),
      });
      ports = (await example.printed(/^2 processes on the ports (\S+), (\S+)$/m)).slice(1);
      key = (await example.printed(/^KEY=(\S+)$/m))[1] ?? '';
    });

    afterAll(async () => {
      await example.stop('SIGKILL');
      project.remove();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    });

    function ask(port: string | undefined, path: string, method = 'GET'): Promise<Response> {
      return fetch(`http://127.0.0.1:${String(port)}${path}`, { method, headers: { 'X-API-Key': key } });
    }

    it('does what it prints, and ends gracefully', async () => {
      const first = await ask(ports[0], '/things');
      const second = await ask(ports[1], '/things');
      expect([first.status, second.status]).toEqual([200, 200]);
      const remaining = [first, second].map((answer) => Number(answer.headers.get('X-RateLimit-Remaining')));
      expect((remaining[0] ?? 0) - (remaining[1] ?? 0)).toBe(1);
      expect((await ask(ports[0], '/my-key', 'DELETE')).status).toBe(200);
      // The message of the bus takes a moment.
      await expect(refusedWithin(1_000)).resolves.toBe(401);
      expect(await example.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    });

    async function refusedWithin(ms: number): Promise<number> {
      const end = Date.now() + ms;
      let status = 200;
      while (status === 200 && Date.now() < end) ({ status } = await ask(ports[1], '/things'));
      return status;
    }
  });
});
