/** What holds for every UsageStore and AuditStore. */
import type { AuditEntry, AuditStore } from '../../lib/audit';
import type { UsageRow, UsageStore } from '../../lib/usage';

const HOSTILE = 'é😀\'"; drop table x; -- \u2028';

function row(fields: Partial<UsageRow>): UsageRow {
  return { keyId: 'k', day: '2026-01-15', dimension: '', requests: 1, denied: 0, limited: 0, ...fields };
}

/** Defines the tests of a UsageStore. `open` gives handles on the same, empty rows. */
export function testUsageStore(open: () => Promise<readonly [UsageStore, UsageStore]>): void {
  const ALL = { from: '0000-01-01', to: '9999-12-31' };

  it('adds counts up, by key, day and dimension', async () => {
    const [store] = await open();
    await store.add({ id: 'b1', rows: [row({ requests: 2, denied: 3 }), row({ keyId: 'K', limited: 4 })] });
    await store.add({
      id: 'b2',
      rows: [row({ requests: 5 }), row({ day: '2026-01-16' }), row({ dimension: 'route:x' })],
    });
    expect(await store.read(ALL)).toEqual([
      row({ keyId: 'K', limited: 4 }),
      row({ requests: 7, denied: 3 }),
      row({ day: '2026-01-16' }),
    ]);
    expect(await store.read({ ...ALL, rows: 'dimensions' })).toEqual([row({ dimension: 'route:x' })]);
  });

  it('adds a batch once, whoever brings it', async () => {
    const [store, other] = await open();
    const batch = { id: 'same', rows: [row({ requests: 2 }), row({ keyId: 'l' })] };
    await Promise.all([store.add(batch), other.add(batch)]);
    await other.add(batch);
    expect(await store.read(ALL)).toEqual([row({ requests: 2 }), row({ keyId: 'l' })]);
  });

  it('loses nothing when two handles add to the same rows at once', async () => {
    const [store, other] = await open();
    const keys = Array.from({ length: 30 }, (_, i) => `k${String(i)}`);
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const ordered = i % 2 === 0 ? keys : [...keys].reverse();
        const rows = ordered.map((keyId) => row({ keyId }));
        return (i % 2 === 0 ? store : other).add({ id: `p${String(i)}`, rows });
      }),
    );
    const read = await store.read(ALL);
    expect(read.map(({ requests }) => requests)).toEqual(keys.map(() => 20));
  });

  it('selects keys and days, both ends included, and keeps large batches whole', async () => {
    const [store] = await open();
    const many = Array.from({ length: 450 }, (_, i) => row({ keyId: `m${String(i).padStart(3, '0')}` }));
    await store.add({ id: 'many', rows: [...many, row({ day: '2026-01-14' }), row({ day: '2026-01-16' })] });
    expect(await store.read({ from: '2026-01-14', to: '2026-01-15' })).toHaveLength(451);
    expect(await store.read({ ...ALL, keyIds: many.map(({ keyId }) => keyId) })).toEqual(many);
    expect(await store.read({ ...ALL, keyIds: [] })).toEqual([]);
    expect(await store.deleteBefore('2026-01-16')).toBe(451);
    expect(await store.read(ALL)).toEqual([row({ day: '2026-01-16' })]);
  });

  it('keeps texts as they are', async () => {
    const [store] = await open();
    const dimension = `route:${HOSTILE}`;
    await store.add({ id: 'h', rows: [row({ dimension }), row({ dimension: `${dimension} ` })] });
    const read = await store.read({ ...ALL, rows: 'dimensions' });
    expect(read.map((kept) => kept.dimension)).toEqual([dimension, `${dimension} `]);
  });
}

function entry(fields: Partial<AuditEntry>): AuditEntry {
  return {
    id: 'e1',
    at: 1_000,
    action: 'created',
    keyId: 'k',
    ownerId: 'acme',
    actorType: 'user',
    actorId: 'ada',
    address: '192.0.2.1',
    reason: null,
    details: { scopes: ['a:b'], nested: { text: HOSTILE } },
    ...fields,
  };
}

/** Defines the tests of an AuditStore. `open` gives an empty one. */
export function testAuditStore(open: () => Promise<AuditStore>): void {
  it('keeps entries as they are, newest first, ties by id', async () => {
    const store = await open();
    const entries = [entry({}), entry({ id: 'e3', at: 2_000, details: {} }), entry({ id: 'e2', at: 2_000 })];
    await store.append(entries);
    expect(await store.read({ limit: 10 })).toEqual([entries[1], entries[2], entries[0]]);
  });

  it('passes over an entry that it has, and never changes it', async () => {
    const store = await open();
    await store.append([entry({})]);
    await store.append([entry({ action: 'revoked' }), entry({ id: 'e2' })]);
    expect(await store.read({ limit: 10 })).toEqual([entry({ id: 'e2' }), entry({})]);
  });

  it('selects by key, owner, action and time, a page at a time', async () => {
    const store = await open();
    const entries = Array.from({ length: 250 }, (_, i) => {
      return entry({
        id: String(i).padStart(3, '0'),
        at: 1_000 + Math.floor(i / 2),
        keyId: i % 5 === 0 ? 'five' : null,
        ownerId: i % 2 === 0 ? 'even' : 'odd',
        action: i % 3 === 0 ? 'denied' : 'created',
      });
    });
    await store.append(entries);
    const ids = async (query: Parameters<AuditStore['read']>[0]) =>
      (await store.read(query)).map(({ id }) => id);
    const expected = (keep: (i: number) => boolean) => {
      return entries
        .map(({ id }) => id)
        .filter((_, i) => keep(i))
        .reverse();
    };
    expect(await ids({ keyId: 'five', limit: 1_000 })).toEqual(expected((i) => i % 5 === 0));
    expect(await ids({ ownerId: 'odd', action: 'denied', limit: 1_000 })).toEqual(
      expected((i) => i % 2 === 1 && i % 3 === 0),
    );
    expect(await ids({ from: 1_010, to: 1_011, limit: 10 })).toEqual(['023', '022', '021', '020']);
    const first = await store.read({ limit: 100 });
    const last = first.at(-1);
    const second = await ids({ limit: 1_000, ...(last === undefined ? {} : { after: last }) });
    expect([...first.map(({ id }) => id), ...second]).toEqual(expected(() => true));
  });

  it('takes whatever a client put into an entry', async () => {
    const store = await open();
    const hostile = entry({
      keyId: `x\0\ud800${'k'.repeat(500)}`,
      address: 'a'.repeat(500),
      details: { path: `\0\ud800${HOSTILE}` },
    });
    await store.append([hostile]);
    const [kept] = await store.read({ limit: 1 });
    expect(kept).toMatchObject({ id: 'e1', actorId: 'ada' });
    expect(kept?.keyId?.length).toBeLessThanOrEqual(hostile.keyId?.length ?? 0);
  });
}
