/** The UsageStore port: where counts are kept. */

/** Counts of a key on a day. All counts are whole numbers from 0. */
export interface UsageCounts {
  /** Requests that authentication admitted with the key. */
  readonly requests: number;
  /** Requests that were refused although the token was right: expired, revoked, scope missing, wrong origin. */
  readonly denied: number;
  /** Requests that a limit refused. */
  readonly limited: number;
}

/** Most characters of a dimension. */
export const DIMENSION_LENGTH = 300;

/** One row. Rows of one key, day and dimension add up. */
export interface UsageRow extends UsageCounts {
  readonly keyId: string;
  /** The day in UTC, `YYYY-MM-DD`. */
  readonly day: string;
  /** Empty for the key's totals; else `route:…` or `scope:…`, which count requests alone. At most 300 characters. */
  readonly dimension: string;
}

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
