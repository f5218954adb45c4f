/** What stores refuse, by message. */
import fc from 'fast-check';
import type { KeyChanges, KeyRecord } from '../../lib/keys/key-record';
import { recordFixture } from '../../lib/stores/contract';
import { checkChanges, checkListQuery, checkRecord, isStorableText } from '../../lib/stores/record-limits';

const nested = (depth: number): unknown => (depth === 0 ? 'leaf' : [nested(depth - 1)]);

it.each<[Record<string, unknown>, string]>([
  [{ id: 7 }, 'id: must be a string. Received 7'],
  [{ id: '' }, 'id: must not be empty. Received ""'],
  [{ id: 'x'.repeat(129) }, 'id: must be at most 128 characters. Received 129'],
  [{ lookup: '' }, 'lookup: must not be empty. Received ""'],
  [
    { name: 'a\u0000' },
    'name: must hold neither U+0000 nor a surrogate without its partner. Received "a\\u0000"',
  ],
  [{ kind: 'admin' }, 'kind: must be a kind of key. Received "admin"'],
  [{ scopes: 'a:b' }, 'scopes: must be an array of strings. Received "a:b"'],
  [{ scopes: ['a:b', 1] }, 'scopes[1]: must be a string. Received 1'],
  [{ hosts: ['x'.repeat(60_000)] }, 'hosts: must be at most 60000 characters as JSON. Received 60004'],
  [{ rateLimit: [] }, 'rateLimit: must be a plain object. Received an array of 0'],
  [
    { rateLimit: { limit: 0, windowSeconds: 1 } },
    'rateLimit.limit: must be a whole number of at least 1. Received 0',
  ],
  [
    { rateLimit: { limit: 1, windowSeconds: 1, burst: 2 } },
    'rateLimit: has a field that it does not know. Received "burst"',
  ],
  [{ quota: { limit: 1, period: 'week' } }, 'quota.period: must be "day" or "month". Received "week"'],
  [{ metadata: null }, 'metadata: must be a plain object. Received null'],
  [{ metadata: { when: new Date(0) } }, 'metadata.when: must be plain JSON data. Received an object'],
  [{ metadata: { a: [undefined] } }, 'metadata.a[0]: must be plain JSON data. Received undefined'],
  [{ metadata: { a: Infinity } }, 'metadata.a: must be a finite number. Received Infinity'],
  [{ metadata: { a: nested(40) } }, 'must nest at most 32 levels deep'],
  [{ createdAt: -1 }, 'createdAt: must be a whole number of at least 0. Received -1'],
  [{ expiresAt: '2024' }, 'expiresAt: must be a whole number of at least 0. Received "2024"'],
  [{ version: 2 ** 53 }, 'version: must be a whole number of at least 1. Received 9007199254740992'],
])('refuses a record with %j', (fields, message) => {
  const refusal = expect.objectContaining({
    name: 'InvalidValueError',
    message: expect.stringContaining(message) as string,
  }) as Error;
  expect(() => checkRecord(recordFixture(fields as Partial<KeyRecord>))).toThrow(refusal);
});

it('takes plain objects of another realm', () => {
  const metadata = structuredClone({ a: { b: [1] } });
  expect(() => checkRecord(recordFixture({ metadata }))).not.toThrow();
});

it('names the field that an update may not change, and passes over undefined', () => {
  expect(() => checkChanges({ revokedAt: null } as KeyChanges)).toThrow(
    'changes: has a field that no update may change. Received "revokedAt"',
  );
  expect(() => checkChanges({ toString: 'x' } as unknown as KeyChanges)).toThrow('Received "toString"');
  expect(checkChanges({ name: undefined, level: null } as unknown as KeyChanges)).toEqual({ level: null });
});

it.each([0, 1001, 2.5])('refuses a list of %p records', (limit) => {
  expect(() => checkListQuery({ now: 0, limit })).toThrow(
    `limit: must be a whole number from 1 to 1000. Received ${String(limit)}`,
  );
});

it('takes as storable exactly what comes back from UTF-8 and holds no U+0000', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.nat(0xffff).map((n) => String.fromCharCode(n)) }),
      (a, b) => {
        for (const text of [a, b]) {
          const survives = Buffer.from(text).toString() === text && !text.includes('\u0000');
          expect(isStorableText(text)).toBe(survives);
        }
      },
    ),
  );
});
