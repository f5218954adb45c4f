/** The Redis store keeps the contract, through both clients. */
import Ioredis from 'ioredis';
import { createClient } from 'redis';
import { testKeyStore } from '../../lib/stores/contract';
import { redisStore, type RedisClient } from '../../lib/stores/redis';
import { describeWithServer, runName } from '../support/servers';

describeWithServer('redis', (url) => {
  const prefix = `{${runName()}}:`;
  const ioredis = new Ioredis(url, { lazyConnect: true });
  const nodeRedis = createClient({ url });
  let stores = 0;

  beforeAll(async () => {
    await Promise.all([ioredis.connect(), nodeRedis.connect()]);
  });

  async function names(): Promise<string[]> {
    const found: string[] = [];
    let cursor = '0';
    do {
      const [next, batch] = await ioredis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 1000);
      cursor = next;
      found.push(...batch);
    } while (cursor !== '0');
    return found;
  }

  afterAll(async () => {
    const left = await names();
    if (left.length > 0) await ioredis.del(...left);
    await Promise.all([ioredis.quit(), nodeRedis.close()]);
  });

  async function everything(): Promise<string> {
    const texts = (await names()).map(async (name) => {
      const type = await ioredis.type(name);
      if (type === 'hash') return JSON.stringify(await ioredis.hgetall(name));
      return type === 'string' ? ioredis.get(name) : JSON.stringify(await ioredis.zrange(name, '0', '-1'));
    });
    return (await Promise.all(texts)).join('\n');
  }

  for (const [name, client] of [
    ['ioredis', ioredis as RedisClient],
    ['node-redis', nodeRedis as unknown as RedisClient],
  ] as const) {
    testKeyStore({
      name,
      create: () => redisStore({ client, prefix: `${prefix}${String((stores += 1))}:` }),
      rawRows: everything,
    });
  }
});
