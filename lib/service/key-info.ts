/** A key as hosts and administrators see it. */
import type { KeyRecord } from '../keys/key-record';

/** The public fields of a key: its record without the hash and the look-up. Times in ms since the epoch. */
export type KeyInfo = Omit<KeyRecord, 'hash' | 'lookup'>;

/** The public fields of a record. */
export function keyInfo(record: KeyRecord): KeyInfo {
  const { hash, lookup, ...info } = record;
  return info;
}
