/** The rules that a proven key must pass, in order: pure, synchronous, and the same for every face. */
import { ADDRESS_NOT_ALLOWED, ORIGIN_MISSING, ORIGIN_NOT_ALLOWED, invalidKey, keyExpired } from '../denials';
import type { Denial } from '../errors';
import type { KeyEntry } from './key-entry';
import type { KindMask } from './kind-mask';
import type { RequestFacts } from './request-facts';

/**
 * Judges a key whose token is proven: the first rule that refuses decides, `null` grants. Rules that read
 * "Invalid API key" come before those that tell the client more.
 */
export function judge<R>(
  entry: KeyEntry,
  parent: KeyEntry | null,
  kinds: KindMask,
  facts: RequestFacts<R>,
  request: R,
  now: number,
): Denial | null {
  const { record } = entry;
  if (entry.revoked) return invalidKey('key_revoked');
  if (record.disabledAt !== null) return invalidKey('key_disabled');
  if ((entry.kind & kinds) === 0) return invalidKey('kind_wrong');
  if (record.kind === 'temporary' && !parentStands(parent)) return invalidKey('parent_invalid');
  if (!hostAllowed(entry, facts, request) || (parent !== null && !hostAllowed(parent, facts, request))) {
    return invalidKey('host_wrong');
  }
  if (entry.expiresAt <= now) return keyExpired(entry.expiresAt);
  if (parent !== null && parent.expiresAt <= now) return keyExpired(parent.expiresAt);
  if (entry.origins !== null) {
    const origin = facts.origin(request);
    if (origin === undefined) return ORIGIN_MISSING;
    if (!entry.origins.allows(origin)) return ORIGIN_NOT_ALLOWED;
  }
  if (
    !addressAllowed(entry, facts, request) ||
    (parent !== null && !addressAllowed(parent, facts, request))
  ) {
    return ADDRESS_NOT_ALLOWED;
  }
  return null;
}

function parentStands(parent: KeyEntry | null): boolean {
  return (
    parent !== null && parent.record.kind === 'secret' && !parent.revoked && parent.record.disabledAt === null
  );
}

function hostAllowed<R>(entry: KeyEntry, facts: RequestFacts<R>, request: R): boolean {
  return entry.hosts === null || entry.hosts.allows(facts.host(request));
}

function addressAllowed<R>(entry: KeyEntry, facts: RequestFacts<R>, request: R): boolean {
  return entry.addresses === null || entry.addresses.allows(facts.address(request));
}
