/** Counts in memory: for tests, and for hosts that take them away with `onFlush`. */
import type { UsageBatch, UsageQuery, UsageRow, UsageStore } from './usage-store';

function nameOf(row: UsageRow): string {
  return JSON.stringify([row.keyId, row.day, row.dimension]);
}

function order(a: UsageRow, b: UsageRow): number {
  for (const field of ['keyId', 'day', 'dimension'] as const) {
    if (a[field] !== b[field]) return a[field] < b[field] ? -1 : 1;
  }
  return 0;
}

function matches(row: UsageRow, query: UsageQuery): boolean {
  return (
    row.day >= query.from &&
    row.day <= query.to &&
    (row.dimension === '') === (query.rows !== 'dimensions') &&
    (query.keyIds === undefined || query.keyIds.includes(row.keyId))
  );
}

/** How many ids of batches are remembered; a batch is repeated at once or never. */
const MAX_BATCHES = 1_000;

class MemoryUsageStore implements UsageStore {
  readonly #rows = new Map<string, UsageRow>();
  readonly #batches = new Set<string>();

  add(batch: UsageBatch): Promise<void> {
    if (this.#batches.has(batch.id)) return Promise.resolve();
    this.#batches.add(batch.id);
    if (this.#batches.size > MAX_BATCHES) {
      const [oldest] = this.#batches;
      if (oldest !== undefined) this.#batches.delete(oldest);
    }
    for (const row of batch.rows) {
      const name = nameOf(row);
      const kept = this.#rows.get(name);
      this.#rows.set(name, {
        ...row,
        requests: row.requests + (kept?.requests ?? 0),
        denied: row.denied + (kept?.denied ?? 0),
        limited: row.limited + (kept?.limited ?? 0),
      });
    }
    return Promise.resolve();
  }

  read(query: UsageQuery): Promise<UsageRow[]> {
    const rows = [...this.#rows.values()].filter((row) => matches(row, query));
    return Promise.resolve(rows.sort(order).map((row) => ({ ...row })));
  }

  deleteBefore(day: string): Promise<number> {
    const old = [...this.#rows].filter(([, row]) => row.day < day);
    for (const [name] of old) this.#rows.delete(name);
    return Promise.resolve(old.length);
  }
}

/** Counts in the memory of this process; gone when it ends. */
export function memoryUsageStore(): UsageStore {
  return new MemoryUsageStore();
}
