/** The AuditStore port: where the record of who did what to which key is kept. */

/** One entry. Texts from clients are kept as they came: whoever shows them escapes them. */
export interface AuditEntry {
  /** Unique; the same entry is given again, with the same id, when its outcome is not known. */
  readonly id: string;
  /** In ms since the epoch. */
  readonly at: number;
  /** `created`, `updated`, `rotated`, `revoked`, `denied`, `limited`, or `dropped` (entries that were lost). */
  readonly action: string;
  readonly keyId: string | null;
  readonly ownerId: string | null;
  /** `key`, `user` or `system`; `null` for a request that proved no identity. */
  readonly actorType: string | null;
  readonly actorId: string | null;
  /** The client's address. */
  readonly address: string | null;
  /** True reason of a denial. */
  readonly reason: string | null;
  /** Further facts as plain JSON; never a token or a hash. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Which entries to read. Every condition given must hold. */
export interface AuditQuery {
  readonly keyId?: string;
  readonly ownerId?: string;
  readonly action?: string;
  /** First and last moment, in ms since the epoch, both included. */
  readonly from?: number;
  readonly to?: number;
  /** How many entries at most, newest first: 1 to 1,000. */
  readonly limit: number;
  /** Start behind this entry. */
  readonly after?: { readonly at: number; readonly id: string };
}

/** Keeps entries, and never changes one. Any method may reject; then nothing of the call is kept. */
export interface AuditStore {
  /** Appends entries, all or none; one whose id is kept already is passed over. */
  append(entries: readonly AuditEntry[]): Promise<void>;
  /** Entries newest first, ties by id, descending. */
  read(query: AuditQuery): Promise<AuditEntry[]>;
}
