/** The rules that a proven key must pass, in order: pure, synchronous, and the same for every face. */
import { ADDRESS_NOT_ALLOWED, ORIGIN_MISSING, ORIGIN_NOT_ALLOWED, invalidKey, keyExpired } from '../denials';
import type { Denial } from '../errors';
import type { KeyEntry } from './key-entry';
import type { KindMask } from './kind-mask';
import type { RequestFacts } from './request-facts';

/** The names of the rules, in the order in which they are asked. */
export type RuleName =
  'revocation' | 'disabling' | 'carrier' | 'parent' | 'host' | 'expiry' | 'origin' | 'address';

/** One rule: why it refuses, or `null` when it does not. */
export type Rule = <R>(
  entry: KeyEntry,
  parent: KeyEntry | null,
  kinds: KindMask,
  facts: RequestFacts<R>,
  request: R,
  now: number,
) => Denial | null;

const revocation: Rule = ({ revoked }) => (revoked ? invalidKey('key_revoked') : null);

const disabling: Rule = ({ record }) => (record.disabledAt === null ? null : invalidKey('key_disabled'));

const carrier: Rule = ({ kind }, _parent, kinds) => ((kind & kinds) === 0 ? invalidKey('kind_wrong') : null);

const parentage: Rule = ({ record }, parent) => {
  return record.kind !== 'temporary' || parentStands(parent) ? null : invalidKey('parent_invalid');
};

const host: Rule = (entry, parent, _kinds, facts, request) => {
  if (!hostAllowed(entry, facts, request)) return invalidKey('host_wrong');
  return parent === null || hostAllowed(parent, facts, request) ? null : invalidKey('host_wrong');
};

const expiry: Rule = (entry, parent, _kinds, _facts, _request, now) => {
  if (entry.expiresAt <= now) return keyExpired(entry.expiresAt);
  return parent !== null && parent.expiresAt <= now ? keyExpired(parent.expiresAt) : null;
};

const origin: Rule = (entry, _parent, _kinds, facts, request) => {
  if (entry.origins === null) return null;
  const value = facts.origin(request);
  if (value === undefined) return ORIGIN_MISSING;
  return entry.origins.allows(value) ? null : ORIGIN_NOT_ALLOWED;
};

const address: Rule = (entry, parent, _kinds, facts, request) => {
  if (!addressAllowed(entry, facts, request)) return ADDRESS_NOT_ALLOWED;
  return parent === null || addressAllowed(parent, facts, request) ? null : ADDRESS_NOT_ALLOWED;
};

/** Every rule by its name, in the order in which {@link judge} asks them. */
export const RULES: Readonly<Record<RuleName, Rule>> = Object.freeze({
  revocation,
  disabling,
  carrier,
  parent: parentage,
  host,
  expiry,
  origin,
  address,
});

/**
 * Judges a key whose token is proven: the first rule that refuses decides, `null` grants. Rules that read
 * "Invalid API key" come before those that tell the client more. Written out rather than as a loop over
 * {@link RULES}, because every request passes here.
 */
export function judge<R>(
  entry: KeyEntry,
  parent: KeyEntry | null,
  kinds: KindMask,
  facts: RequestFacts<R>,
  request: R,
  now: number,
): Denial | null {
  return (
    revocation(entry, parent, kinds, facts, request, now) ??
    disabling(entry, parent, kinds, facts, request, now) ??
    carrier(entry, parent, kinds, facts, request, now) ??
    parentage(entry, parent, kinds, facts, request, now) ??
    host(entry, parent, kinds, facts, request, now) ??
    expiry(entry, parent, kinds, facts, request, now) ??
    origin(entry, parent, kinds, facts, request, now) ??
    address(entry, parent, kinds, facts, request, now)
  );
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
