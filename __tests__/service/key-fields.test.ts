/** Every field of a key against hostile values: each is a 400 that names the field, and nothing is stored. */
import { readEntries } from '../../lib/service/field-readers';
import { CATALOGUE, testService } from '../support/test-service';

const NOW = Date.UTC(2024, 0, 15, 12);
const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });
const circular: Record<string, unknown> = {};
circular.self = circular;
const many = (length: number) =>
  Array.from({ length }, (_, i) => `10.0.${String(i >> 8)}.${String(i & 255)}`);

const TEXT: [string, unknown][] = [
  ['a number', 42],
  ['null', null],
  ['empty', ''],
  ['blank', '   '],
  ['U+0000', 'a\0b'],
  ['a line break', 'a\nb'],
  ['an escape sequence', '\u001b[31mred'],
  ['U+0085', 'a\u0085b'],
  ['half a surrogate pair', 'a\ud800'],
  ['an object', { toString: () => 'a' }],
  ['an array', ['a']],
];

const BAD: [string, string, unknown][] = [
  ...TEXT.map(([name, value]): [string, string, unknown] => ['name', name, value]),
  ['name', '201 characters', 'x'.repeat(201)],
  ...TEXT.filter(([name]) => name !== 'null').map(([name, value]): [string, string, unknown] => [
    'userId',
    name,
    value,
  ]),
  ['userId', '129 characters', 'x'.repeat(129)],
  ...TEXT.map(([name, value]): [string, string, unknown] => ['ownerId', name, value]),
  ['ownerId', '129 characters', 'x'.repeat(129)],
  ['description', 'a number', 1],
  ['description', 'null', null],
  ['description', 'U+0000', 'a\0'],
  ['description', 'half a surrogate pair', '\udc00'],
  ['description', '2,001 characters', 'x'.repeat(2_001)],
  ['scopes', 'null', null],
  ['scopes', 'text', 'models:read'],
  ['scopes', 'empty', []],
  ['scopes', '101 entries', many(101)],
  ['scopes', 'a number in it', [1]],
  ['scopes', 'malformed', ['models read']],
  ['scopes', 'unknown to the catalogue', ['floor:read']],
  ['scopes', '__proto__', ['__proto__']],
  ['scopes', 'an object with another member', [{ resource: 'models', __type: 1 }]],
  ['level', 'unknown', 'root'],
  ['level', 'a number', 1],
  ['level', '__proto__', '__proto__'],
  ['level', 'constructor', 'constructor'],
  ['origins', 'text', 'https://a.example'],
  ['origins', 'a secret key with one', ['https://a.example']],
  ['addresses', 'null', null],
  ['addresses', 'no address', ['nonsense']],
  ['addresses', 'a range too wide', ['10.0.0.0/33']],
  ['addresses', 'a number', [10]],
  ['addresses', '101 entries', many(101)],
  ['hosts', 'an object', {}],
  ['hosts', 'no host', ['a b']],
  ['rateLimit', 'a number', 10],
  ['rateLimit', 'an array', [10, 1]],
  ['rateLimit', 'another member', { limit: 1, windowSeconds: 1, burst: 2 }],
  ['rateLimit.limit', '0', { limit: 0, windowSeconds: 1 }],
  ['rateLimit.limit', 'a fraction', { limit: 1.5, windowSeconds: 1 }],
  ['rateLimit.limit', 'text', { limit: '10', windowSeconds: 1 }],
  ['rateLimit.limit', 'missing', { windowSeconds: 1 }],
  ['rateLimit.limit', 'huge', { limit: 1e12, windowSeconds: 1 }],
  ['rateLimit.windowSeconds', 'infinite', { limit: 1, windowSeconds: Infinity }],
  ['rateLimit.windowSeconds', 'more than a year', { limit: 1, windowSeconds: 31_536_001 }],
  ['quota', 'text', 'day'],
  ['quota.period', 'a week', { limit: 1, period: 'week' }],
  ['quota.limit', 'NaN', { limit: NaN, period: 'day' }],
  ['metadata', 'null', null],
  ['metadata', 'text', 'x'],
  ['metadata', 'an array', [1]],
  ['metadata', 'circular', circular],
  ['metadata', 'a bigint', { a: 1n }],
  ['metadata', 'a date', new Date(0)],
  ['metadata', 'what says it is a number', { toJSON: () => 5 }],
  ['metadata', 'what says it is nothing', { toJSON: () => undefined }],
  ['metadata', 'U+0000 in a value', { a: ['\0'] }],
  ['metadata', 'U+0000 in a name', { 'a\0': 1 }],
  ['metadata', 'half a surrogate pair', { a: '\ud800' }],
  ['metadata', '4,097 bytes', { a: 'x'.repeat(4_089) }],
  ['metadata', '4,097 bytes in two-byte characters', { a: 'é'.repeat(2_044) + 'x' }],
  ['metadata', '33 levels', deep(33)],
  ['expiresAt', 'text', '2030-01-01'],
  ['expiresAt', 'NaN', NaN],
  ['expiresAt', 'an invalid date', new Date(NaN)],
  ['expiresAt', 'infinite', Infinity],
  ['expiresAt', 'now', NOW],
  ['expiresAt', 'past', NOW - 1],
  ['expiresAt', 'negative', -1],
  ['expiresAt', 'zero', 0],
  ['expiresAt', 'seconds', NOW / 1000 + 3_600],
  ['expiresAt', 'beyond the year 9999', 253_402_300_799_001],
  ['kind', 'temporary', 'temporary'],
  ['kind', '__proto__', '__proto__'],
  ['kind', 'missing', undefined],
  ['isAdmin', 'a field that is none', true],
  ['hash', 'a field that nobody sets', 'sha256:x'],
];

it.each(BAD)('%s: %s is refused', async (field, _name, value) => {
  const t = testService({ catalogue: CATALOGUE });
  const [name = ''] = field.split('.');
  const refused = t.create({ [name]: value });
  await expect(refused).rejects.toMatchObject({ code: 'INVALID_REQUEST', status: 400, details: { field } });
  expect(t.calls.create).toBeUndefined();
});

it.each<[string, unknown, unknown]>([
  ['name', 'x'.repeat(200), 'x'.repeat(200)],
  ['name', ' spaced é 𝄞 ', ' spaced é 𝄞 '],
  ['description', 'two\nlines', 'two\nlines'],
  ['description', 'x'.repeat(2_000), 'x'.repeat(2_000)],
  ['userId', null, null],
  ['scopes', ['models.read', 'models:read', { resource: 'chat' }], ['models.read', 'chat:*']],
  ['level', 'admin', 'admin'],
  ['level', null, null],
  ['origins', [], []],
  ['addresses', ['10.0.0.0/8', '10.0.0.0/8'], ['10.0.0.0/8']],
  ['hosts', ['API.Example.com'], ['api.example.com']],
  [
    'rateLimit',
    { limit: 1_000_000_000, windowSeconds: 31_536_000 },
    { limit: 1_000_000_000, windowSeconds: 31_536_000 },
  ],
  ['rateLimit', null, null],
  ['quota', { limit: 1, period: 'month' }, { limit: 1, period: 'month' }],
  ['quota', null, null],
  ['metadata', { a: 'x'.repeat(4_088) }, { a: 'x'.repeat(4_088) }],
  ['metadata', deep(32), deep(32)],
  ['metadata', JSON.parse('{"__proto__":{"x":1}}'), JSON.parse('{"__proto__":{"x":1}}')],
  ['expiresAt', NOW + 1, NOW + 1],
  ['expiresAt', NOW + 1.5, NOW + 1],
  ['expiresAt', new Date(NOW + 5), NOW + 5],
  ['expiresAt', 253_402_300_799_000, 253_402_300_799_000],
  ['expiresAt', null, null],
])('%s: %j is taken as %j', async (field, value, stored) => {
  const t = testService({ catalogue: CATALOGUE });
  const { key } = await t.create({ [field]: value });
  expect(await t.service.get(key.id)).toMatchObject({ [field]: stored });
});

it('says that an expiry looks like seconds', async () => {
  await expect(testService().create({ expiresAt: NOW / 1000 + 60 })).rejects.toThrow(/looks like seconds/);
});

it('says that levels need a catalogue that has some', async () => {
  await expect(testService().create({ level: 'admin' })).rejects.toThrow(/needs a catalogue with levels/);
});

it('quotes no value in full that is long or not printable', async () => {
  const error = await testService()
    .create({ level: `\u001b${'x'.repeat(500)}` })
    .catch((e: unknown) => e);
  expect((error as Error).message.length).toBeLessThan(200);
  const shown = await testService({ catalogue: CATALOGUE })
    .create({ level: '\u001b[31m' })
    .catch((e: unknown) => e);
  expect((shown as Error).message).not.toContain('\u001b');
});

it.each([null, undefined, 'text', 42, []])('refuses %j in place of fields', async (input) => {
  const t = testService();
  await expect(t.service.create(input as never)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
});

it('lets errors of a catalogue through that are no refusals', async () => {
  const catalogue = {
    ...CATALOGUE,
    parse: () => {
      throw new RangeError('broken catalogue');
    },
    levels: [],
    level: () => null,
  };
  await expect(testService({ catalogue }).create({ scopes: ['a:b'] })).rejects.toThrow(RangeError);
});

it('lets errors of a parser through that are no refusals', () => {
  const parse = () => {
    throw new RangeError('broken parser');
  };
  expect(() => readEntries('hosts', ['a'], parse)).toThrow(RangeError);
});
