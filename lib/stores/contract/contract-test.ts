/** What one test of the contract is given, and the helpers that the tests share. */
import assert from 'node:assert/strict';
import type { KeyRecord } from '../../keys/key-record';
import type { KeyStore, ListQuery } from '../key-store';

/** What a test works with. */
export interface ContractContext {
  /** Empty at the start of each test. */
  readonly store: KeyStore;
  /** A second handle on the same records, as another process has it; the same store where there is none. */
  readonly other: KeyStore;
  /** Everything that is really stored, as text, or `null` where the adapter brings no reader. */
  readonly rawRows: (() => Promise<string>) | null;
  /** How many operations a race runs at once. */
  readonly parallel: number;
  /** How often a race is repeated. */
  readonly rounds: number;
}

/** One test: rejects when the store breaks the contract. */
export type ContractTest = (context: ContractContext) => Promise<void>;

/** Tests by what they say. */
export type ContractTests = Readonly<Record<string, ContractTest>>;

/** Stores records that must be new. */
export async function createAll(store: KeyStore, records: readonly KeyRecord[]): Promise<void> {
  for (const record of records) assert.equal(await store.create(record), 'created');
}

/** The stored record, which must be there. */
export async function stored(store: KeyStore, id: string): Promise<KeyRecord> {
  const record = await store.findById(id);
  assert.ok(record, `the record ${id} is missing`);
  return record;
}

/**
 * A list, in an array of this realm: a native driver's arrays are, in a test runner's sandbox, no `Array` to
 * a strict comparison.
 */
export async function listed(store: KeyStore, query: Partial<ListQuery> = {}): Promise<KeyRecord[]> {
  return [...(await store.list({ now: 0, limit: 1000, ...query }))];
}

/** Asserts that a call is refused with an `InvalidValueError` before anything is stored. */
export async function refused(call: () => Promise<unknown>, field: RegExp): Promise<void> {
  await assert.rejects(async () => call(), { name: 'InvalidValueError', message: field });
}
