/** Failed attempts of an address: limited, while a valid key from the same address passes. */
import express from 'express';
import { apiKeyAuth, type ApiKeyEvents } from '../../lib';
import { checksum } from '../../lib/keys/checksum';
import { NOON, ask, statuses, testKeys } from './limited-app';

const LIMIT = { limit: 3, windowSeconds: 60 };

function guarded(limit = LIMIT) {
  const made = testKeys();
  const app = express();
  app.set('trust proxy', true);
  app.use(apiKeyAuth(made.keys, { failedAttempts: limit }), (_req, res) => void res.json({}));
  return { ...made, app };
}

/** A well-formed key that does not exist. */
function guess(n: number): string {
  const body = `sk_${String(n).padStart(48, '0')}`;
  return body + checksum(body);
}

describe('failed attempts', () => {
  it('beyond the limit are answered 429 instead of 401, and told with their true reason', async () => {
    const { app, keys, limited, clock } = guarded();
    const denied: ApiKeyEvents['denied'][] = [];
    keys.on('denied', (event) => void denied.push(event));
    const answers = [];
    for (let i = 0; i < 5; i += 1) answers.push(await ask(app, guess(i)));
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 429, 429]);
    expect(answers[4]?.body).toEqual({
      error: {
        code: 'RATE_LIMITED',
        message: 'Rate limit exceeded',
        details: { limit: 3, reset_at: '2026-11-22T12:01:00Z' },
      },
    });
    expect(answers[4]?.headers).toMatchObject({ 'retry-after': '60', 'x-ratelimit-remaining': '0' });
    expect(answers[4]?.headers).not.toHaveProperty('www-authenticate');
    expect(limited).toHaveLength(2);
    expect(limited[0]).toMatchObject({ key: null, limit: 3, name: 'failed_attempts', at: NOON });
    expect(denied.map(({ reason }) => reason)).toEqual(denied.map(() => 'key_unknown'));
    clock.now += 60_000;
    expect((await ask(app, guess(9))).status).toBe(401);
  });

  it('leave a valid key from the same address alone, whether it was seen before or not', async () => {
    const { app, create } = guarded();
    const [seen, unseen] = [await create(), await create()];
    await ask(app, seen.token);
    for (let i = 0; i < 5; i += 1) await ask(app, guess(i));
    expect((await ask(app, guess(6))).status).toBe(429);
    expect(await statuses(app, seen.token, 2)).toEqual([200, 200]);
    expect(await statuses(app, unseen.token, 2)).toEqual([200, 200]);
  });

  it('of one address are not those of another', async () => {
    const { app } = guarded({ limit: 1, windowSeconds: 60 });
    const from = async (address: string) =>
      (await ask(app, 'nonsense', { 'X-Forwarded-For': address })).status;
    expect(await from('192.0.2.1')).toBe(401);
    expect(await from('192.0.2.1')).toBe(429);
    expect(await from('192.0.2.2')).toBe(401);
  });

  it.each([
    ['no key', async () => undefined, 401],
    [
      'an expired key',
      async ({ create, clock }: ReturnType<typeof guarded>) => {
        const { token } = await create({ expiresAt: NOON + 1_000 });
        clock.now += 2_000;
        return token;
      },
      401,
    ],
    [
      'a key from the wrong address',
      async ({ create }: ReturnType<typeof guarded>) => (await create({ addresses: ['192.0.2.0/24'] })).token,
      403,
    ],
  ])('are not: %s', async (_what, make, status) => {
    const made = guarded({ limit: 1, windowSeconds: 60 });
    const token = await make(made);
    expect(await statuses(made.app, token, 3)).toEqual([status, status, status]);
  });
});
