/** Everything that can be wrong with the options: said at creation, with the subject, the value and the fix. */
import { createApiKeys, memoryStore } from '../lib';
import { ConfigurationError } from '../lib/errors';
import { readOptions } from '../lib/options';

const store = memoryStore();
const SHORT = 'hunter2-hunter2';
const LONG = 'p'.repeat(32);

it.each<[string, unknown, string, RegExp]>([
  ['options', null, 'options', /must be an object; received null/],
  ['options', [], 'options', /must be an object; received an array of 0/],
  ['store', undefined, 'options.store', /is needed.*memoryStore\(\)/],
  ['store', null, 'options.store', /it has no create, findById/],
  ['store', { ...store, create: () => 1 }, 'options.store', /it has no findById, .*list/],
  ['ttl', 5, 'options.ttl', /is not an option\. Known: store, .*randomBytes/],
  ['__proto__x', 5, 'options.__proto__x', /is not an option/],
  ['scopes', null, 'options.scopes', /must come from defineScopes\(\); received null/],
  ['scopes', ['models:read'], 'options.scopes', /must come from defineScopes\(\); received an array of 1/],
  [
    'pepper',
    SHORT,
    'options.pepper or options.bcryptCost',
    /pepper 1 must be .* at least 32 characters; received 15/,
  ],
  ['pepper', [LONG, 7], 'options.pepper or options.bcryptCost', /pepper 2 must be a string/],
  ['pepper', [LONG, LONG], 'options.pepper or options.bcryptCost', /pepper 2 is given twice/],
  ['pepper', [], 'options.pepper or options.bcryptCost', /at least one secret/],
  ['bcryptCost', 3, 'options.pepper or options.bcryptCost', /from 4 to 15; received 3/],
  ['bcryptCost', 31, 'options.pepper or options.bcryptCost', /from 4 to 15; received 31/],
  ['prefixes', 'sk_', 'options.prefixes', /must be an object; received "sk_"/],
  ['prefixes', { admin: 'a_' }, 'options.prefixes.admin', /is not an option\. Known: secret, publishable/],
  ['prefixes', { secret: 'bad prefix' }, 'options.prefixes', /2 to 16 characters.*received "bad prefix"/],
  ['prefixes', { secret: 'pk_' }, 'options.prefixes', /choose prefixes of which none begins another/],
  ['carriers', { admin: {} }, 'options.carriers.admin', /is not an option/],
  ['onMultiple', 'last', 'options.onMultiple', /must be "refuse" or "first"; received "last"/],
  ['refererFallback', 'yes', 'options.refererFallback', /must be true or false; received "yes"/],
  ['cache', 5, 'options.cache', /must be an object; received 5/],
  ['cache', { TTL: 5 }, 'options.cache.TTL', /is not an option\. Known: ttl, maxKeys, unknownTtl/],
  ['cache', { ttl: 61 }, 'options.cache.ttl', /a number from 0 to 60 \(seconds\); received 61/],
  ['cache', { ttl: -1 }, 'options.cache.ttl', /received -1/],
  ['cache', { ttl: NaN }, 'options.cache.ttl', /received NaN/],
  ['cache', { ttl: '5' }, 'options.cache.ttl', /received "5"/],
  ['cache', { maxKeys: 99 }, 'options.cache.maxKeys', /a whole number from 100 to 1000000/],
  ['cache', { maxKeys: 100.5 }, 'options.cache.maxKeys', /a whole number/],
  ['cache', { unknownTtl: 3 }, 'options.cache.unknownTtl', /from 0 to 2/],
  ['storeTimeout', 0, 'options.storeTimeout', /from 0\.01 to 30 \(seconds\); received 0/],
  ['storeTimeout', 1_000, 'options.storeTimeout', /received 1000/],
  ['maxInFlight', 0, 'options.maxInFlight', /from 1 to 10000/],
  ['staleIfError', 3_601, 'options.staleIfError', /from 0 to 3600/],
  ['bus', {}, 'options.bus', /must be a ChangeBus; received an object/],
  ['bus', null, 'options.bus', /must be a ChangeBus; received null/],
  ['caps', 100, 'options.caps', /must be an object/],
  ['caps', { secret: 0 }, 'options.caps.secret', /a whole number from 1, or Infinity for no cap; received 0/],
  ['caps', { secret: 1.5 }, 'options.caps.secret', /received 1\.5/],
  ['caps', { scoped: '5' }, 'options.caps.scoped', /received "5"/],
  ['caps', { root: 1 }, 'options.caps.root', /is not an option/],
  ['imported', 1, 'options.imported', /must be true or false; received 1/],
  ['principalScopes', ['*'], 'options.principalScopes', /must be a function; received an array of 1/],
  ['formatError', {}, 'options.formatError', /must be a function/],
  ['log', console, 'options.log', /must be a function; received an object/],
  ['clock', 0, 'options.clock', /must be a function; received 0/],
])('%s: %p', (name, value, subject, message) => {
  const options = name === 'options' ? value : { store, [name]: value };
  let thrown: unknown;
  try {
    createApiKeys(options as never);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ConfigurationError);
  expect(thrown).toMatchObject({ subject, message: expect.stringMatching(message) });
  expect((thrown as ConfigurationError).message.startsWith(`${subject}: `)).toBe(true);
  for (const secret of [SHORT, LONG]) expect((thrown as ConfigurationError).message).not.toContain(secret);
});

it('has the documented defaults, in milliseconds, and is frozen', () => {
  const { service, ...configuration } = readOptions({ store });
  expect(service).toMatchObject({
    bus: null,
    caps: { secret: 100, publishable: 100, scoped: 100, temporary: Infinity },
    imported: false,
    principalScopes: null,
    storeTimeout: 1_000,
    maxInFlight: 500,
    staleIfError: 0,
    cache: { ttl: 5_000, maxKeys: 20_000, unknownTtl: 2_000 },
  });
  expect(configuration).toMatchObject({ onMultiple: 'refuse', refererFallback: false, formatError: null });
  expect(Object.isFrozen(service) && Object.isFrozen(configuration)).toBe(false);
  expect(Object.isFrozen(readOptions({ store }))).toBe(true);
  expect(Object.isFrozen(service)).toBe(true);
});

it('takes what is in range, and an explicit undefined for the default', () => {
  const bus = { subscribe: async () => {}, publish: async () => {}, close: async () => {} };
  const clock = () => 7;
  const { service } = readOptions({
    store,
    clock,
    bus,
    pepper: [LONG, `${LONG}2`],
    prefixes: { secret: 'acme_sk_' },
    caps: { secret: Infinity, scoped: 1 },
    cache: { ttl: 0, maxKeys: 100, unknownTtl: 0.5 },
    storeTimeout: 0.25,
    bcryptCost: undefined as never,
  });
  expect(service).toMatchObject({
    bus,
    clock,
    caps: { secret: Infinity, scoped: 1, publishable: 100 },
    cache: { ttl: 0, maxKeys: 100, unknownTtl: 500 },
    storeTimeout: 250,
  });
  expect(service.tokens.prefixes.secret).toBe('acme_sk_');
});

it('lets an error through that is none of the options', () => {
  const pepper = Object.defineProperty([LONG], 0, {
    get: () => {
      throw new RangeError('environment');
    },
  });
  expect(() => readOptions({ store, pepper })).toThrow(RangeError);
});
