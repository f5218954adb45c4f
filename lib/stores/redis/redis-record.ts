/** Records as Redis keeps them. */
import type { KeyRecord } from '../../keys/key-record';

/** The fields that scripts change by themselves; the others stand together as JSON. */
type Beside = 'version' | 'updatedAt' | 'revokedAt' | 'lastUsedAt';

/** The fields of a record's hash, in the order in which {@link readRecord} takes them. */
export const RECORD_HASH = ['json', 'version', 'updatedAt', 'revokedAt', 'lastUsedAt'] as const;

/** The part of a record that stands as JSON. */
export function jsonOf(record: KeyRecord): string {
  const { version, updatedAt, revokedAt, lastUsedAt, ...rest } = record;
  return JSON.stringify(rest);
}

/** A number or `null` as text. */
export function textOf(value: number | null): string {
  return value === null ? '' : String(value);
}

function numberOf(text: string | null | undefined): number | null {
  return text === null || text === undefined || text === '' ? null : Number(text);
}

/** Whether a record counts against the cap of its owner, as long as it has not expired. */
export function countsAgainstCap(record: KeyRecord): boolean {
  return record.revokedAt === null && record.replacedById === null;
}

/** The record in an answer to `HMGET` with {@link RECORD_HASH}, or `null` where there is none. */
export function readRecord(answer: unknown): KeyRecord | null {
  const [json, version, updatedAt, revokedAt, lastUsedAt] = answer as (string | null)[];
  if (json === null || json === undefined) return null;
  const rest = JSON.parse(json) as Omit<KeyRecord, Beside>;
  return {
    ...rest,
    version: Number(version),
    updatedAt: Number(updatedAt),
    revokedAt: numberOf(revokedAt),
    lastUsedAt: numberOf(lastUsedAt),
  };
}
