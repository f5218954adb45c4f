/** Explains what a request with a key would come to: every rule with its outcome. */
import { insufficientScope, invalidKey, isoSeconds, KEY_NOT_FOUND } from '../denials';
import { ApiKeyError, InvalidValueError, shown, type DenialReason } from '../errors';
import type { Grant } from '../keys/grant';
import { intersectGrants } from '../keys/grant';
import type { Scope } from '../keys/scope';
import type { ScopeCatalogue } from '../keys/scope-catalogue';
import type { Clock } from './clock';
import { refuse } from './field-readers';
import { canBeKeyId, type OwnerFilter, readOptions } from './find-key';
import type { GrantOf } from './grants';
import { RULES, type RuleName } from './judge';
import type { KeyEntry } from './key-entry';
import type { KeyReader } from './key-reader';
import { ALL_KINDS, type KindMask } from './kind-mask';
import { KNOWN_FACTS, type KnownFacts } from './request-facts';

/** A request to explain. Facts that are not given satisfy no condition, as for a request without them. */
export interface ExplainInput extends KnownFacts {
  /** The scope that a guard would ask for. */
  readonly scope?: string;
  /** The id of the object that the request is about. */
  readonly objectId?: string;
}

/** One rule and what became of it. */
export interface ExplainedRule {
  /** `key`: whether there is one; `scope`: the guard; the others as verification asks them. */
  readonly rule: 'key' | RuleName | 'scope';
  /** `skipped`: the key sets no such condition, or the request that is explained does not name it. */
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** For the owner of the key; holds nothing secret. */
  readonly message: string;
}

/** What a request with the key would come to. The token is taken for proven. */
export interface Explanation {
  readonly keyId: string;
  readonly granted: boolean;
  /** Status that the request would be answered with; 200 when it is granted. */
  readonly status: number;
  /** The true reason of the first rule that failed, or `null`. */
  readonly reason: DenialReason | null;
  /** Every rule, also those behind the first that failed. */
  readonly rules: readonly ExplainedRule[];
  /** What the key may do now, after its level, its user and its parent. */
  readonly scopes: readonly string[];
}

/**
 * Explains a key, read from the store and not from the cache. A bad key is explained, not thrown; so is an
 * unknown one, unless `filter` names an owner: then an unknown key and another owner's are `NOT_FOUND`.
 * Limits and the host's own checks are not part of it.
 * @throws ApiKeyError `INVALID_REQUEST` for a malformed scope, `NOT_FOUND`, `UNAVAILABLE`.
 */
export type ExplainKey = (
  id: string,
  input: ExplainInput & { readonly kinds?: KindMask },
  filter?: OwnerFilter,
) => Promise<Explanation>;

/** What {@link createExplainKey} needs. */
export interface ExplainKeyOptions {
  readonly reader: KeyReader;
  readonly catalogue: ScopeCatalogue;
  readonly grantOf: GrantOf;
  readonly clock: Clock;
}

/** Whether a rule has anything to judge, and what it says when it passes. */
const PASSED: Readonly<Record<RuleName, (entry: KeyEntry, parent: KeyEntry | null) => string | null>> = {
  revocation: () => 'is not revoked',
  disabling: () => 'is switched on',
  carrier: () => 'may travel this way',
  parent: ({ record }) => (record.parentId === null ? null : 'the secret key that it was minted from stands'),
  host: (entry, parent) => ((entry.hosts ?? parent?.hosts) ? 'belongs to this host' : null),
  expiry: ({ record }) =>
    record.expiresAt === null ? 'does not expire' : `expires at ${isoSeconds(record.expiresAt)}`,
  origin: ({ origins }) => (origins === null ? null : 'may be used from this origin'),
  address: (entry, parent) =>
    (entry.addresses ?? parent?.addresses) ? 'may be used from this address' : null,
};

const SKIPPED: Readonly<Record<RuleName, string>> = {
  revocation: '',
  disabling: '',
  carrier: 'no carrier was named',
  parent: 'is no temporary token',
  host: 'belongs to no hosts',
  expiry: '',
  origin: 'is no publishable key',
  address: 'has no list of addresses',
};

const FAILED: Readonly<Record<RuleName, (entry: KeyEntry, facts: KnownFacts) => string>> = {
  revocation: ({ record }) => `was revoked${at(record.revokedAt)}`,
  disabling: ({ record }) => `was switched off${at(record.disabledAt)}`,
  carrier: ({ record }) => `is a ${record.kind} key, and this carrier brings no such key`,
  parent: () => 'the secret key that it was minted from is gone, revoked or switched off',
  host: (_entry, { host }) => `does not belong to the host ${named(host)}`,
  expiry: ({ record }) => `it or the key that it was minted from has expired${at(record.expiresAt)}`,
  origin: (_entry, { origin }) => `may not be used from the origin ${named(origin)}`,
  address: (_entry, { address }) => `may not be used from the address ${named(address)}`,
};

function at(time: number | null): string {
  return time === null ? '' : ` at ${isoSeconds(time)}`;
}

function named(fact: string | undefined): string {
  return fact === undefined ? '(none was given)' : shown(fact);
}

/** Makes {@link ExplainKey}. */
export function createExplainKey({ reader, catalogue, grantOf, clock }: ExplainKeyOptions): ExplainKey {
  function readScope(text: unknown): Scope {
    try {
      return catalogue.parse(text as string);
    } catch (error) {
      if (error instanceof InvalidValueError) return refuse('scope', `is invalid: ${error.message}`);
      throw error;
    }
  }

  /** Who takes the scope away: the first of these that does not allow it. */
  function explainScope(
    scope: Scope,
    objectId: string | undefined,
    steps: readonly (readonly [Grant, string])[],
  ) {
    const lost = steps.find(([grant]) => !grant.allows(scope, objectId));
    return {
      rule: 'scope',
      outcome: lost === undefined ? 'passed' : 'failed',
      message: lost === undefined ? `holds ${scope.text}` : `${lost[1]} ${scope.text}`,
    } as const;
  }

  return async (id, { scope: text, objectId, kinds = ALL_KINDS, ...facts }, filter = {}) => {
    const scope = text === undefined ? null : readScope(text);
    readOptions(filter, ['ownerId']);
    const entry = canBeKeyId(id) ? (await reader.byId(id, true)).entry : null;
    if (entry === null || (filter.ownerId !== undefined && entry.record.ownerId !== filter.ownerId)) {
      if (filter.ownerId !== undefined) throw new ApiKeyError(KEY_NOT_FOUND);
      const { status, reason } = invalidKey('key_unknown');
      const rules = [{ rule: 'key', outcome: 'failed', message: 'there is no such key' }] as const;
      return { keyId: id, granted: false, status, reason, rules, scopes: [] };
    }
    const { record } = entry;
    const parent = record.parentId === null ? null : (await reader.byId(record.parentId, true)).entry;
    const now = clock();
    const grant = parent === null ? entry.grant : intersectGrants(entry.grant, parent.grant);

    const rules: ExplainedRule[] = [{ rule: 'key', outcome: 'passed', message: `is a ${record.kind} key` }];
    let refused = null;
    for (const rule of Object.keys(RULES) as RuleName[]) {
      const denial = RULES[rule](entry, parent, kinds, KNOWN_FACTS, facts, now);
      refused ??= denial;
      const passed = rule === 'carrier' && kinds === ALL_KINDS ? null : PASSED[rule](entry, parent);
      if (denial !== null) rules.push({ rule, outcome: 'failed', message: FAILED[rule](entry, facts) });
      else if (passed !== null) rules.push({ rule, outcome: 'passed', message: passed });
      else rules.push({ rule, outcome: 'skipped', message: SKIPPED[rule] });
    }
    if (scope === null) rules.push({ rule: 'scope', outcome: 'skipped', message: 'no scope was named' });
    else {
      rules.push(
        explainScope(scope, objectId, [
          [grantOf(record.scopes, null), 'was not given'],
          [grantOf(record.scopes, record.level), `its level ${shown(record.level)} takes away`],
          [entry.grant, `its user ${shown(record.userId)} may not do`],
          [grant, 'the secret key that it was minted from may not do'],
        ]),
      );
      if (!grant.allows(scope, objectId)) refused ??= insufficientScope([scope.text], grant.scopes);
    }
    return {
      keyId: id,
      granted: refused === null,
      status: refused?.status ?? 200,
      reason: refused?.reason ?? null,
      rules,
      scopes: grant.scopes,
    };
  };
}
