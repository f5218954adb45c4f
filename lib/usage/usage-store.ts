/** The UsageStore port: where counts are kept. */
import type { UsageRow } from './usage-row';

/** Rows that were counted since the flush before. */
export interface UsageBatch {
  /** Unique; the same batch is given again, with the same id, when its outcome is not known. */
  readonly id: string;
  /** At most one row for each key, day and dimension. */
  readonly rows: readonly UsageRow[];
}

/** Which rows to read. Every condition given must hold. */
export interface UsageQuery {
  /** Default: all keys. */
  readonly keyIds?: readonly string[];
  /** First day, `YYYY-MM-DD`, included. */
  readonly from: string;
  /** Last day, `YYYY-MM-DD`, included. */
  readonly to: string;
  /** `totals` (the default) or `dimensions`: rows by route or scope. */
  readonly rows?: 'totals' | 'dimensions';
}

/** Keeps counts. Any method may reject; then nothing of the call is kept. */
export interface UsageStore {
  /** Adds a batch to what is kept, whole or not at all, and only once for each batch id. */
  add(batch: UsageBatch): Promise<void>;
  /** Rows, ordered by key, day and dimension. */
  read(query: UsageQuery): Promise<UsageRow[]>;
  /** Forgets rows of days before `day`, and answers how many. */
  deleteBefore(day: string): Promise<number>;
}
