/** Options of limits: checked where they are given, with the fix in the message. */
import { ConfigurationError, apiKeyAuth, createApiKeys, defineScopes, memoryStore } from '../../lib';
import {
  keyRateLimit,
  limitTableStatement,
  postgresLimitStore,
  redisLimitStore,
  type LimitStore,
} from '../../lib/limits';
import { MINUTE, testKeys } from './limited-app';

const store: LimitStore = { add: () => Promise.resolve({ count: 1, endsIn: 1 }) };

function complaint(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return 'none';
}

describe('keyRateLimit', () => {
  it.each([
    ['an unknown name', { limit: 5 }, 'options.limit: is not an option. Known: default, levels'],
    ['no object', { default: 5 }, 'options.default: must be an object; received 5.'],
    ['an unknown part', { default: { limit: 5, window: 1 } }, 'options.default.window: is not an option'],
    ['no window', { default: { limit: 5 } }, 'default.windowSeconds: must be a whole number from 1'],
    ['no request at all', { default: { limit: 0, windowSeconds: 1 } }, 'received 0.'],
    ['half a second', { default: { limit: 1, windowSeconds: 0.5 } }, 'received 0.5.'],
    ['an unknown kind', { kinds: { secrets: MINUTE } }, 'kinds.secrets: is no kind with limits of its own'],
    ['temporary keys', { kinds: { temporary: MINUTE } }, 'temporary keys count on their parent'],
    [
      'a table that is a list',
      { kinds: [MINUTE] },
      'kinds: must be an object of limits; received an array of 1.',
    ],
    [
      'an unknown level',
      { levels: { boss: MINUTE } },
      'levels.boss: is no level of the catalogue. Known: none.',
    ],
    ['a limit called quota', { also: { quota: MINUTE } }, 'other than default and quota; received "quota".'],
    ['a name for no header', { name: 'a"b' }, 'must be a name of letters, digits, _ and -'],
    ['a cost below zero', { cost: -1 }, 'options.cost: must be a whole number from 0'],
    ['a cost in words', { cost: 'two' }, 'or a function that answers one); received "two".'],
    ['too short a prefix', { ipv6Prefix: 24 }, 'from 32 to 64 (bits); received 24.'],
    ['too few addresses', { maxAddresses: 1 }, 'from 100 to 10000000 (addresses); received 1.'],
    ['no switch', { ietfHeaders: 'yes' }, 'options.ietfHeaders: must be true or false; received "yes".'],
    [
      'no store',
      { store: {}, onStoreError: 'refuse' },
      'must be a LimitStore, such as redisLimitStore(client)',
    ],
    ['no store at all', { store: null }, 'must be a LimitStore'],
    [
      'a store, and no word on its failures',
      { store },
      'onStoreError: must be chosen where limits have a store',
    ],
    ['an unknown word', { onStoreError: 'ignore' }, 'received "ignore".'],
    ['too long a wait', { storeTimeout: 60 }, 'from 0.01 to 30 (seconds); received 60.'],
  ])('refuses %s', (_what, options, message) => {
    const { keys } = testKeys();
    expect(complaint(() => keyRateLimit(keys, options as never))).toContain(message);
  });

  it('names the levels that there are', () => {
    const scopes = defineScopes({ resources: { models: ['read'] }, levels: { admin: ['*'] } });
    const keys = createApiKeys({ store: memoryStore(), scopes });
    expect(complaint(() => keyRateLimit(keys, { levels: { boss: MINUTE } }))).toContain('Known: admin.');
  });

  it('refuses keys from elsewhere', () => {
    expect(complaint(() => keyRateLimit({} as never))).toContain('keys: must come from createApiKeys()');
  });

  it.each([
    ['default, anonymous', {}, { default: MINUTE }],
    ['store, onStoreError', {}, { store, onStoreError: 'allow' }],
    ['also', { also: { burst: MINUTE } }, {}],
  ] as const)('refuses a second limiter of the same name that differs in %s', (what, first, second) => {
    const { keys } = testKeys();
    keyRateLimit(keys, first);
    expect(complaint(() => keyRateLimit(keys, second))).toBe(
      `keyRateLimit options.name: must be given, and be new: another limiter without a name differs in ${what}, and a request counts once for each name.`,
    );
    keyRateLimit(keys, { ...first, name: 'other' });
    expect(complaint(() => keyRateLimit(keys, { ...second, name: 'other' }))).toContain('named "other"');
  });
});

describe('the stores', () => {
  const pool = { query: () => Promise.resolve({ rows: [] }) };

  it.each([
    ['no client', () => redisLimitStore(undefined as never), 'client of ioredis, or of redis 4'],
    ['a string', () => redisLimitStore('redis://' as never), 'received "redis://".'],
    ['no prefix', () => redisLimitStore({ eval: () => Promise.resolve() }, { prefix: '' }), 'received "".'],
    ['an option', () => redisLimitStore({} as never, { key: 1 } as never), 'options.key: is not an option'],
    ['no pool', () => postgresLimitStore({} as never), 'must be a Pool of pg; received an object.'],
    ['nothing', () => postgresLimitStore(null as never), 'must be a Pool of pg; received null.'],
    ['a bad table', () => postgresLimitStore(pool, { table: 'a"; drop' }), 'must be a lower-case name'],
    ['a bad schema', () => postgresLimitStore(pool, { schema: 'A' }), 'options.schema: must be a lower-case'],
    ['a switch', () => postgresLimitStore(pool, { createTable: 1 as never }), 'must be true or false'],
  ])('refuse %s', (_what, run, message) => {
    expect(complaint(run)).toContain(message);
  });

  it('tell the statement of the table', () => {
    expect(limitTableStatement()).toContain('IF NOT EXISTS "latchkey_limits" (');
    expect(limitTableStatement('counts', 'api')).toContain('IF NOT EXISTS "api"."counts" (');
  });
});

describe('apiKeyAuth', () => {
  it('refuses a limit of failed attempts without a window', () => {
    const { keys } = testKeys();
    const options = { failedAttempts: { limit: 20 } } as never;
    expect(complaint(() => apiKeyAuth(keys, options))).toContain(
      'apiKeyAuth options.failedAttempts.windowSeconds: must be a whole number',
    );
  });
});
