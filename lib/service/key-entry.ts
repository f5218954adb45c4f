/** A key in memory: its record and everything that can be computed from it once. */
import type { AddressList } from '../keys/addresses';
import type { Grant } from '../keys/grant';
import type { HostList } from '../keys/hosts';
import type { KeyRecord } from '../keys/key-record';
import type { OriginList } from '../keys/origin-list';
import type { KindMask } from './kind-mask';
import type { Granted } from './verdict';

/** One read of a key. Entries are replaced, never changed, but for the two fields at the end. */
export interface KeyEntry {
  readonly record: KeyRecord;
  /** When the read was started, in ms since the epoch: freshness counts from here. */
  readonly readAt: number;
  /** Place of the read in the order of reads and invalidations. */
  readonly sequence: number;
  readonly kind: KindMask;
  /** Revoked by the record, or known as revoked although the record does not say so yet. */
  readonly revoked: boolean;
  /** In ms since the epoch; `Infinity` for a key that does not expire. */
  readonly expiresAt: number;
  /** What the key itself may do; a temporary key's parent narrows it further. */
  readonly grant: Grant;
  /** Conditions; `null` where the key has none. */
  readonly origins: OriginList | null;
  readonly addresses: AddressList | null;
  readonly hosts: HostList | null;
  /** The verdict that grants. For a temporary key: with the parent's entry in {@link grantedUnder}. */
  granted: Granted | null;
  grantedUnder: KeyEntry | null;
}
