import { createHmac, createHash } from 'node:crypto';
import { bcryptHash } from '../../lib/keys/hashing/bcrypt';
import { createHasher } from '../../lib/keys/hashing/create-hasher';
import type { ImportRow } from '../../lib/service/import-keys';
import { settle } from '../support/controlled-store';
import { OTHER_PEPPER, PEPPER, testService } from '../support/test-service';

const OPAQUE = 'f3b1-opaque-token-of-an-earlier-system';
const SPLIT = 'tenant.key.a-secret-without-dots';
const LONG = `long-${'x'.repeat(200)}`;
const PEPPERED = createHasher({ pepper: [PEPPER, OTHER_PEPPER] });
const PLAIN = createHasher({ bcryptCost: 4 });
const BASE = { kind: 'scoped', name: 'of old', scopes: ['models:read'] } as const;

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const bcrypt = (text: string) => bcryptHash(text, 4);
const hmac512 = (key: string, text: string) => createHmac('sha512', key).update(text).digest('hex');

type Form = [string, string, () => Promise<Partial<ImportRow>>];
const FORMS: Form[] = [
  ['a plain token', OPAQUE, async () => ({ token: OPAQUE })],
  ['a plain token with an id of its own', OPAQUE, async () => ({ token: OPAQUE, id: 'of-old-1' })],
  ['a plain token of more than 72 bytes', LONG, async () => ({ token: LONG })],
  ['a plain token that carries its id', SPLIT, async () => ({ token: SPLIT, id: 'tenant.key' })],
  ['a plain token with a dot', SPLIT, async () => ({ token: SPLIT })],
  [
    'SHA-256 of the whole token',
    OPAQUE,
    async () => ({ hash: { algorithm: 'sha256', covers: 'token', digest: sha256(OPAQUE) } }),
  ],
  [
    'SHA-256 of the secret',
    SPLIT,
    async () => ({
      id: 'tenant.key',
      hash: { algorithm: 'sha256', covers: 'secret', digest: sha256('a-secret-without-dots') },
    }),
  ],
  [
    'bcrypt of the whole token',
    SPLIT,
    async () => ({
      id: 'tenant.key',
      hash: { algorithm: 'bcrypt', covers: 'token', digest: await bcrypt(SPLIT) },
    }),
  ],
  [
    'bcrypt of the secret',
    SPLIT,
    async () => ({
      id: 'tenant.key',
      hash: { algorithm: 'bcrypt', covers: 'secret', digest: await bcrypt('a-secret-without-dots') },
    }),
  ],
  [
    'HMAC-SHA-512 keyed by the secret',
    SPLIT,
    async () => ({
      id: 'tenant.key',
      hash: {
        algorithm: 'hmac-sha512',
        covers: 'secret',
        digest: hmac512('a-secret-without-dots', 'tenant.key'),
      },
    }),
  ],
];

describe.each([
  ['with a pepper', PEPPERED],
  ['without a pepper', PLAIN],
])('%s', (_policy, hasher) => {
  it.each(FORMS)('imports %s, accepts it, and brings its hash up to date', async (_name, token, form) => {
    const t = testService({ hasher, imported: true });
    const created = t.record('created');
    const row = { ...BASE, ...(await form()) } as ImportRow;
    const report = await t.service.import([row]);
    expect(report).toMatchObject({ imported: 1, exists: 0, invalid: 0, failed: 0 });
    const { id } = report.rows[0] as { id: string };
    expect(created.map(({ key }) => key.id)).toEqual([id]);

    expect((await t.verified(token)).id).toBe(id);
    await settle();
    expect(await t.outcome(`${token}x`)).not.toBe('granted');
    t.clock.advance(10_000);
    expect(await t.outcome(token)).toBe('granted');

    const again = await t.service.import([row]);
    expect(again).toMatchObject({ imported: 0, exists: 1, rows: [{ outcome: 'exists', id }] });
    await t.service.close();
    const stored = await t.inner.findById(id);
    expect(hasher.isCurrent(stored!.hash, 'scoped')).toBe(true);
    expect(JSON.stringify(stored)).not.toContain(token);
  });
});

it('accepts HMAC-SHA-512 with a key that is one of the peppers', async () => {
  const t = testService({ hasher: PEPPERED, imported: true });
  const digest = hmac512(OTHER_PEPPER, SPLIT);
  const hash = { algorithm: 'hmac-sha512', covers: 'token', digest, key: OTHER_PEPPER } as const;
  await t.service.import([{ ...BASE, id: 'tenant.key', hash }]);
  expect(await t.outcome(SPLIT)).toBe('granted');
});

it('takes over the tokens of another latchkey under their own id', async () => {
  const t = testService({ imported: true });
  const { token, id } = t.service.tokens.generate('scoped');
  expect(await t.service.import([{ ...BASE, token }])).toMatchObject({ rows: [{ outcome: 'imported', id }] });
  expect((await t.verified(token)).id).toBe(id);
});

it('is told apart by wrong secrets and unknown tokens, and reads nothing for an unknown one again', async () => {
  const t = testService({ imported: true });
  await t.service.import([{ ...BASE, token: SPLIT, id: 'tenant.key' }]);
  expect(await t.verify('tenant.key.another-secret')).toMatchObject({
    keyId: 'tenant.key',
    denial: { reason: 'secret_wrong' },
  });
  expect(await t.verify('no.such.token.anywhere')).toMatchObject({ denial: { reason: 'key_unknown' } });
  t.reset();
  expect(await t.outcome('no.such.token.anywhere')).toBe('key_unknown');
  expect(t.reads()).toBe(0);
});

it('judges a key that a change overtook while its token was looked up', async () => {
  const t = testService({ imported: true });
  const { rows } = await t.service.import([{ ...BASE, token: OPAQUE }]);
  const { id } = rows[0] as { id: string };
  t.setGate((phase, method) => {
    if (phase !== 'after' || method !== 'findByLookup') return undefined;
    t.setGate(null);
    return t.service.revoke(id).then(() => undefined);
  });
  expect(await t.outcome(OPAQUE)).toBe('key_revoked');
});

it('answers 503 when too many tokens wait for bcrypt', async () => {
  const t = testService({ hasher: PLAIN, imported: true });
  const digest = await bcrypt('a-secret-without-dots');
  await t.service.import([
    { ...BASE, id: 'tenant.key', hash: { algorithm: 'bcrypt', covers: 'secret', digest } },
  ]);
  const wrong = Array.from({ length: 100 }, (_, i) => t.outcome(`tenant.key.guess-number-${String(i)}`));
  const outcomes = await Promise.all(wrong);
  expect(outcomes.filter((outcome) => outcome === 'secret_wrong')).toHaveLength(66);
  expect(outcomes.filter((outcome) => outcome === 'unavailable')).toHaveLength(34);
  expect(await t.outcome(SPLIT)).toBe('granted');
});

it.each<[string, unknown, string | null]>([
  ['no row', null, 'input'],
  ['text', 'row', 'input'],
  ['a field that is none', { ...BASE, token: OPAQUE, secret: OPAQUE }, 'secret'],
  ['no kind', { ...BASE, kind: undefined, token: OPAQUE }, 'kind'],
  ['a temporary key', { ...BASE, kind: 'temporary', token: OPAQUE }, 'kind'],
  ['no name', { ...BASE, name: undefined, token: OPAQUE }, 'name'],
  ['no scopes', { ...BASE, scopes: undefined, token: OPAQUE }, 'scopes'],
  ['empty scopes', { ...BASE, scopes: [], token: OPAQUE }, 'scopes'],
  ['a bad owner', { ...BASE, ownerId: '', token: OPAQUE }, 'ownerId'],
  ['a creation in the future', { ...BASE, createdAt: Date.UTC(2030, 0), token: OPAQUE }, 'createdAt'],
  ['neither a token nor a hash', BASE, 'token'],
  ['both', { ...BASE, token: OPAQUE, hash: {} }, 'hash'],
  ['a token that is no text', { ...BASE, token: 42 }, 'token'],
  ['a token that is too short', { ...BASE, token: 'short' }, 'token'],
  ['a token that is too long', { ...BASE, token: 'x'.repeat(513) }, 'token'],
  ['a token with a space', { ...BASE, token: 'a token with spaces in it' }, 'token'],
  ['a token that no cookie carries', { ...BASE, token: 'token;with;semicolons' }, 'token'],
  ['an id that no path carries', { ...BASE, token: OPAQUE, id: 'Schlüssel 1' }, 'id'],
  ['no hash', { ...BASE, hash: null }, 'hash'],
  ['a hash with an unknown member', { ...BASE, hash: { algorithm: 'sha256', salt: 'x' } }, 'hash'],
  ['an unknown algorithm', { ...BASE, hash: { algorithm: 'md5', covers: 'token', digest: 'x' } }, 'hash'],
  [
    'a hash of the wrong length',
    { ...BASE, hash: { algorithm: 'sha256', covers: 'token', digest: 'ab' } },
    'hash',
  ],
  [
    'a hash that needs an id',
    { ...BASE, hash: { algorithm: 'sha256', covers: 'secret', digest: 'a'.repeat(64) } },
    'id',
  ],
])('reports a bad row and goes on: %s', async (_name, row, field) => {
  const t = testService({ imported: true });
  const onRow = jest.fn();
  const rows = [row as ImportRow, { ...BASE, token: OPAQUE }];
  const report = await t.service.import(rows, { onRow });
  expect(report).toMatchObject({
    imported: 1,
    invalid: 1,
    rows: [{ row: 0, outcome: 'invalid', field }, { row: 1 }],
  });
  expect(onRow.mock.calls.flat()).toEqual(report.rows);
  expect(JSON.stringify(report)).not.toContain(OPAQUE);
});

it.each([
  ['another kind', { kind: 'secret' }, 'kind'],
  ['another id', { id: 'another' }, 'id'],
])('reports a token of latchkey with %s', async (_name, other, field) => {
  const t = testService({ imported: true });
  const { token } = t.service.tokens.generate('scoped');
  const { rows } = await t.service.import([{ ...BASE, token, ...(other as object) }]);
  expect(rows).toMatchObject([{ outcome: 'invalid', field }]);
});

it('reports rows that the store did not take, without its words', async () => {
  const t = testService();
  t.failWith(new Error(`duplicate entry for ${OPAQUE}`));
  const { rows } = await t.service.import([{ ...BASE, token: OPAQUE }]);
  expect(rows).toMatchObject([{ outcome: 'failed', field: null }]);
  expect(JSON.stringify(rows)).not.toContain(OPAQUE);
});

it('reports rows that the hasher broke on', async () => {
  const hasher = {
    ...PEPPERED,
    importHash: () => {
      throw new RangeError(OPAQUE);
    },
  };
  const t = testService({ hasher });
  const hash = { algorithm: 'sha256', covers: 'token', digest: 'x' } as const;
  const { rows } = await t.service.import([{ ...BASE, hash }]);
  expect(rows).toMatchObject([{ outcome: 'failed', message: 'The row could not be stored' }]);
});

it('counts a look-up that another row took as there already', async () => {
  const t = testService({ imported: true });
  const report = await t.service.import([
    { ...BASE, token: OPAQUE },
    { ...BASE, token: OPAQUE, id: 'the-same-token-again' },
  ]);
  expect(report).toMatchObject({ imported: 1, exists: 1 });
});

it('stores nothing in a dry run, and reads rows from an async iterable', async () => {
  const t = testService();
  const created = t.record('created');
  async function* rows(): AsyncGenerator<ImportRow> {
    yield { ...BASE, token: OPAQUE };
    yield { ...BASE, token: 'short' };
  }
  expect(await t.service.import(rows(), { dryRun: true })).toMatchObject({ imported: 1, invalid: 1 });
  expect(t.calls.create).toBeUndefined();
  expect(created).toEqual([]);
});

it('keeps what it is told: owner, creation, and who imported', async () => {
  const t = testService();
  const created = t.record('created');
  const by = { type: 'user', id: 'admin' } as const;
  await t.service.import([{ ...BASE, token: OPAQUE, ownerId: 'acme', createdAt: 1_000 }], { by });
  expect(created).toMatchObject([{ by, key: { ownerId: 'acme', createdAt: 1_000, kind: 'scoped' } }]);
});
