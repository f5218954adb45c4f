/** A KeyStore in the memory of the process: for tests, examples and keys that need not outlive it. */
import type { KeyChanges, KeyMetadata, KeyRecord } from '../keys/key-record';
import type { CreateOutcome, KeyStore, LastUsed, ListQuery, RotateOutcome, UpdateOutcome } from './key-store';
import { inListOrder, isExpired, isListed, isLive } from './list-filter';
import { checkChanges, checkListQuery, checkRecord } from './record-limits';

/** Why a record stays as it is. */
type Refused = 'not_found' | 'conflict';

/** Runs `step` now, and answers or rejects as the port asks. */
function settle<T>(step: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(step());
  });
}

function copyOf(record: KeyRecord): KeyRecord {
  return {
    ...record,
    scopes: [...record.scopes],
    origins: [...record.origins],
    addresses: [...record.addresses],
    hosts: [...record.hosts],
    rateLimit: record.rateLimit && { ...record.rateLimit },
    quota: record.quota && { ...record.quota },
    metadata: JSON.parse(JSON.stringify(record.metadata)) as KeyMetadata,
  };
}

/**
 * Every method does its work in one synchronous step, so that no two of them interleave. Look-ups by id and
 * by lookup cost the same however many records there are; a list and a cap look at all of them.
 */
class MemoryStore implements KeyStore {
  readonly #records = new Map<string, KeyRecord>();
  readonly #idByLookup = new Map<string, string>();

  create(record: KeyRecord, cap?: { readonly limit: number; readonly now: number }): Promise<CreateOutcome> {
    return settle(() => {
      checkRecord(record);
      if (cap !== undefined && this.#countLive(record, cap.now) >= cap.limit) return 'cap_reached';
      if (this.#isTaken(record)) return 'duplicate';
      this.#put(copyOf(record));
      return 'created';
    });
  }

  findById(id: string): Promise<KeyRecord | null> {
    return settle(() => this.#read(id));
  }

  findByLookup(lookup: string): Promise<KeyRecord | null> {
    return settle(() => this.#read(this.#idByLookup.get(lookup)));
  }

  update(id: string, version: number, changes: KeyChanges, now: number): Promise<UpdateOutcome> {
    return settle(() => {
      const changed = this.#change(id, version, changes, now);
      if (typeof changed === 'string') return this.#refusal(id, changed);
      this.#put(changed);
      return { outcome: 'updated', record: copyOf(changed) };
    });
  }

  revoke(id: string, now: number): Promise<KeyRecord | null> {
    return settle(() => {
      const stored = this.#records.get(id);
      if (stored?.revokedAt === null) {
        this.#put({ ...stored, revokedAt: now, updatedAt: now, version: stored.version + 1 });
      }
      return this.#read(id);
    });
  }

  rotate(
    id: string,
    version: number,
    changes: KeyChanges,
    successor: KeyRecord,
    now: number,
  ): Promise<RotateOutcome> {
    return settle(() => {
      checkRecord(successor);
      const changed = this.#change(id, version, changes, now);
      if (typeof changed === 'string') return this.#refusal(id, changed);
      const before = this.#records.get(id);
      this.#put(changed);
      if (this.#isTaken(successor)) {
        if (before) this.#put(before);
        return { outcome: 'duplicate' };
      }
      this.#put(copyOf(successor));
      return { outcome: 'rotated', record: copyOf(changed) };
    });
  }

  list(query: ListQuery): Promise<KeyRecord[]> {
    return settle(() => {
      checkListQuery(query);
      const found = [...this.#records.values()].filter((record) => isListed(record, query));
      return found.sort(inListOrder).slice(0, query.limit).map(copyOf);
    });
  }

  touch(batch: readonly LastUsed[]): Promise<void> {
    return settle(() => {
      for (const { id, lastUsedAt } of batch) {
        const stored = this.#records.get(id);
        if (stored && lastUsedAt > (stored.lastUsedAt ?? -1)) this.#put({ ...stored, lastUsedAt });
      }
    });
  }

  deleteExpired(before: number, limit: number): Promise<number> {
    return settle(() => {
      const expired = [...this.#records.values()].filter((record) => isExpired(record, before - 1));
      const batch = expired.slice(0, limit);
      for (const record of batch) this.#remove(record);
      return batch.length;
    });
  }

  ping(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #read(id: string | undefined): KeyRecord | null {
    const stored = id === undefined ? undefined : this.#records.get(id);
    return stored ? copyOf(stored) : null;
  }

  #put(record: KeyRecord): void {
    const before = this.#records.get(record.id);
    if (before) this.#remove(before);
    this.#records.set(record.id, record);
    if (record.lookup !== null) this.#idByLookup.set(record.lookup, record.id);
  }

  #remove(record: KeyRecord): void {
    this.#records.delete(record.id);
    if (record.lookup !== null) this.#idByLookup.delete(record.lookup);
  }

  #isTaken(record: KeyRecord): boolean {
    if (this.#records.has(record.id)) return true;
    return record.lookup !== null && this.#idByLookup.has(record.lookup);
  }

  #countLive({ ownerId, kind }: KeyRecord, now: number): number {
    let live = 0;
    for (const record of this.#records.values()) {
      if (record.ownerId !== ownerId || record.kind !== kind) continue;
      if (record.replacedById === null && isLive(record, now)) live += 1;
    }
    return live;
  }

  /** The record after the changes, or why it stays as it is. Stores nothing. */
  #change(id: string, version: number, changes: KeyChanges, now: number): KeyRecord | Refused {
    const named = checkChanges(changes);
    const stored = this.#records.get(id);
    if (!stored) return 'not_found';
    if (stored.version !== version || stored.revokedAt !== null) return 'conflict';
    if (named.lookup !== undefined && named.lookup !== null) {
      const holder = this.#idByLookup.get(named.lookup);
      if (holder !== undefined && holder !== id) return 'conflict';
    }
    return copyOf({ ...stored, ...named, updatedAt: now, version: version + 1 });
  }

  #refusal(id: string, refused: Refused): Exclude<UpdateOutcome, { outcome: 'updated' }> {
    const record = this.#read(id);
    return record === null || refused === 'not_found'
      ? { outcome: 'not_found' }
      : { outcome: 'conflict', record };
  }
}

/**
 * A store in the memory of this process. Nothing is written anywhere: its keys end with the process, and
 * other processes do not see them.
 */
export function memoryStore(): KeyStore {
  return new MemoryStore();
}
