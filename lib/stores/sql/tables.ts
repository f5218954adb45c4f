/** The tables of the SQL store, and how a record becomes a row and back. */
import type { KeyKind } from '../../keys/kinds';
import type { KeyChanges, KeyMetadata, KeyRecord, Quota, RateLimit } from '../../keys/key-record';
import { foldName } from '../fold-name';

/** A row of the keys table. Lists and objects are JSON text; times are ms since the epoch. */
export interface KeyRow {
  id: string;
  kind: string;
  hash: string;
  lookup: string | null;
  name: string;
  /** What searches for a name compare. */
  name_folded: string;
  description: string;
  owner_id: string;
  user_id: string | null;
  scopes: string;
  level: string | null;
  origins: string;
  addresses: string;
  hosts: string;
  rate_limit: string | null;
  quota: string | null;
  parent_id: string | null;
  metadata: string;
  created_at: number;
  updated_at: number;
  expires_at: number | null;
  disabled_at: number | null;
  revoked_at: number | null;
  rotated_at: number | null;
  replaced_by_id: string | null;
  last_used_at: number | null;
  version: number;
}

/** A row that transactions lock, where the database has no lock by number. */
export interface LockRow {
  lane: number;
}

/** A row of the usage table: counts of a key, a day (`YYYY-MM-DD`) and a dimension. */
export interface UsageTableRow {
  key_id: string;
  day: string;
  dimension: string;
  requests: number;
  denied: number;
  limited: number;
}

/** A batch of usage that was added: the same batch is never added twice. */
export interface UsageBatchRow {
  id: string;
  added_at: number;
}

/** A row of the audit table. */
export interface AuditTableRow {
  id: string;
  at: number;
  action: string;
  key_id: string | null;
  owner_id: string | null;
  actor_type: string | null;
  actor_id: string | null;
  address: string | null;
  reason: string | null;
  details: string;
}

/** The tables by the names that the code uses; the database has them with the prefix. */
export interface Tables {
  keys: KeyRow;
  locks: LockRow;
  usage: UsageTableRow;
  usage_batches: UsageBatchRow;
  audit: AuditTableRow;
}

/** How many lanes the table of locks has. */
export const LOCK_LANES = 64;

/** The column of each field. */
export const COLUMNS = {
  id: 'id',
  kind: 'kind',
  hash: 'hash',
  lookup: 'lookup',
  name: 'name',
  description: 'description',
  ownerId: 'owner_id',
  userId: 'user_id',
  scopes: 'scopes',
  level: 'level',
  origins: 'origins',
  addresses: 'addresses',
  hosts: 'hosts',
  rateLimit: 'rate_limit',
  quota: 'quota',
  parentId: 'parent_id',
  metadata: 'metadata',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  expiresAt: 'expires_at',
  disabledAt: 'disabled_at',
  revokedAt: 'revoked_at',
  rotatedAt: 'rotated_at',
  replacedById: 'replaced_by_id',
  lastUsedAt: 'last_used_at',
  version: 'version',
} as const satisfies Record<keyof KeyRecord, keyof KeyRow>;

function toColumn(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

/** The columns of these fields, with their values. */
export function toRow(fields: KeyRecord): KeyRow;
export function toRow(fields: KeyChanges): Partial<KeyRow>;
export function toRow(fields: KeyRecord | KeyChanges): Partial<KeyRow> {
  const row: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(fields)) {
    if (Object.hasOwn(COLUMNS, field)) row[COLUMNS[field as keyof KeyRecord]] = toColumn(value);
  }
  if (fields.name !== undefined) row.name_folded = foldName(fields.name);
  return row;
}

function toList(text: unknown): string[] {
  return text === '[]' ? [] : (JSON.parse(text as string) as string[]);
}

function toObject(text: unknown): unknown {
  return text === null ? null : JSON.parse(text as string);
}

/** Drivers hand a 64-bit number over as text or as a bigint. */
function toTime(value: unknown): number | null {
  return value === null ? null : Number(value);
}

/** The record of a row. */
export function fromRow(row: Readonly<Record<string, unknown>>): KeyRecord {
  return {
    id: row.id as string,
    kind: row.kind as KeyKind,
    hash: row.hash as string,
    lookup: row.lookup as string | null,
    name: row.name as string,
    description: row.description as string,
    ownerId: row.owner_id as string,
    userId: row.user_id as string | null,
    scopes: toList(row.scopes),
    level: row.level as string | null,
    origins: toList(row.origins),
    addresses: toList(row.addresses),
    hosts: toList(row.hosts),
    rateLimit: toObject(row.rate_limit) as RateLimit | null,
    quota: toObject(row.quota) as Quota | null,
    parentId: row.parent_id as string | null,
    metadata: row.metadata === '{}' ? {} : (JSON.parse(row.metadata as string) as KeyMetadata),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
    expiresAt: toTime(row.expires_at),
    disabledAt: toTime(row.disabled_at),
    revokedAt: toTime(row.revoked_at),
    rotatedAt: toTime(row.rotated_at),
    replacedById: row.replaced_by_id as string | null,
    lastUsedAt: toTime(row.last_used_at),
    version: Number(row.version),
  };
}
