/** Audit entries in memory: for tests. */
import type { AuditEntry, AuditQuery, AuditStore } from './audit-store';

function isBehind(entry: AuditEntry, position: NonNullable<AuditQuery['after']>): boolean {
  return entry.at < position.at || (entry.at === position.at && entry.id < position.id);
}

function matches(entry: AuditEntry, query: AuditQuery): boolean {
  return (
    (query.keyId === undefined || entry.keyId === query.keyId) &&
    (query.ownerId === undefined || entry.ownerId === query.ownerId) &&
    (query.action === undefined || entry.action === query.action) &&
    (query.from === undefined || entry.at >= query.from) &&
    (query.to === undefined || entry.at <= query.to) &&
    (query.after === undefined || isBehind(entry, query.after))
  );
}

class MemoryAuditStore implements AuditStore {
  readonly #entries = new Map<string, AuditEntry>();

  append(entries: readonly AuditEntry[]): Promise<void> {
    for (const entry of entries) {
      if (!this.#entries.has(entry.id)) this.#entries.set(entry.id, structuredClone(entry));
    }
    return Promise.resolve();
  }

  read(query: AuditQuery): Promise<AuditEntry[]> {
    const found = [...this.#entries.values()].filter((entry) => matches(entry, query));
    found.sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
    return Promise.resolve(found.slice(0, query.limit).map((entry) => structuredClone(entry)));
  }
}

/** Entries in the memory of this process; gone when it ends. */
export function memoryAuditStore(): AuditStore {
  return new MemoryAuditStore();
}
