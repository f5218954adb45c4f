/** Makes entries of records: parses what a record says once, so that a request only compares. */
import { compileAddresses } from '../keys/addresses';
import { intersectGrants, type Grant } from '../keys/grant';
import { compileHosts } from '../keys/hosts';
import type { KeyRecord } from '../keys/key-record';
import { compileOrigins } from '../keys/origin-list';
import type { GrantOf } from './grants';
import type { KeyEntry } from './key-entry';
import { kindBit } from './kind-mask';
import { createShareParts } from './share-parts';
import { Granted } from './verdict';
import { VerifiedKey, type Realm } from './verified-key';

/** When and in which order a record was read. */
export interface ReadMark {
  readonly readAt: number;
  readonly sequence: number;
}

/** Makes entries and the verdicts that grant them. */
export interface EntryFactory {
  /** The entry of a record; `ceiling` is the most that the key's user may do, or `null` for no ceiling. */
  entry(record: KeyRecord, mark: ReadMark, knownRevoked: boolean, ceiling: Grant | null): KeyEntry;
  /** Makes the verdict that grants an entry, and keeps it there; for a temporary key, under its parent's entry. */
  granted(entry: KeyEntry, parent: KeyEntry | null): Granted;
}

/** One record serves many requests, and the host sees parts of it. */
function freezeDeep(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  Object.values(value).forEach(freezeDeep);
}

/** Makes the {@link EntryFactory}. */
export function createEntryFactory(grantOf: GrantOf, realm: Realm): EntryFactory {
  const shareParts = createShareParts();

  function entry(read: KeyRecord, mark: ReadMark, knownRevoked: boolean, ceiling: Grant | null): KeyEntry {
    const record = shareParts(read);
    const own = grantOf(record.scopes, record.level);
    freezeDeep(record);
    return {
      record,
      readAt: mark.readAt,
      sequence: mark.sequence,
      kind: kindBit(record.kind),
      revoked: knownRevoked || record.revokedAt !== null,
      expiresAt: record.expiresAt ?? Infinity,
      grant: ceiling === null ? own : intersectGrants(own, ceiling),
      origins: record.kind === 'publishable' ? compileOrigins(record.origins) : null,
      addresses: record.addresses.length === 0 ? null : compileAddresses(record.addresses),
      hosts: record.hosts.length === 0 ? null : compileHosts(record.hosts),
      granted: null,
      grantedUnder: null,
    };
  }

  function granted(of: KeyEntry, parent: KeyEntry | null): Granted {
    const grant = parent === null ? of.grant : intersectGrants(of.grant, parent.grant);
    of.granted = new Granted(new VerifiedKey(of.record, grant, realm, parent?.record));
    of.grantedUnder = parent;
    return of.granted;
  }

  return { entry, granted };
}
