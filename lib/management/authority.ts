/** What a caller may hand on: nobody grants more than they hold. */
import { insufficientScope, invalidField, notPermitted } from '../denials';
import { ApiKeyError } from '../errors';
import type { Quota, RateLimit } from '../keys/key-record';
import type { ScopeCatalogue } from '../keys/scope-catalogue';
import { createGrants, type GrantOf } from '../service/grants';
import type { KeyInfo } from '../service/key-info';
import type { Caller } from './caller';

/** Whether a rate limit is at most as generous as another: in its burst, and in its rate. */
export function isWithinRate(wanted: RateLimit, most: RateLimit): boolean {
  return wanted.limit <= most.limit && wanted.limit * most.windowSeconds <= most.limit * wanted.windowSeconds;
}

function isWithinQuota(wanted: Quota, most: Quota): boolean {
  return wanted.period === most.period && wanted.limit <= most.limit;
}

function isWithinList(wanted: readonly string[], most: readonly string[]): boolean {
  return wanted.length > 0 && wanted.every((entry) => most.includes(entry));
}

/** Conditions of the key that calls, each with whether another key keeps to it. An empty one binds nobody. */
const CONDITIONS: readonly (readonly [string, (key: KeyInfo, own: KeyInfo) => boolean])[] = [
  ['level', (key, own) => own.level === null || key.level !== null],
  ['addresses', (key, own) => own.addresses.length === 0 || isWithinList(key.addresses, own.addresses)],
  ['hosts', (key, own) => own.hosts.length === 0 || isWithinList(key.hosts, own.hosts)],
  [
    'rate_limit',
    (key, own) =>
      own.rateLimit === null || (key.rateLimit !== null && isWithinRate(key.rateLimit, own.rateLimit)),
  ],
  ['quota', (key, own) => own.quota === null || (key.quota !== null && isWithinQuota(key.quota, own.quota))],
];

/** What {@link createAuthority} makes. */
export interface Authority {
  /**
   * Refuses a key that holds more than the caller: a scope, a level, a user that is not theirs to act as, or
   * freedom from a condition that binds the caller.
   * @param key - as it would be
   * @param before - as it is, or `null` for a new key
   * @param revealing - whether the caller gets the token of the key
   * @throws ApiKeyError `FORBIDDEN`; `INVALID_REQUEST` above the highest rate limit.
   */
  demand(caller: Caller, key: KeyInfo, before: KeyInfo | null, revealing: boolean): void;
}

/** Makes the {@link Authority} over a catalogue. */
export function createAuthority(catalogue: ScopeCatalogue, maxRateLimit: RateLimit | null): Authority {
  const grantOf: GrantOf = createGrants(catalogue);

  /** Scopes as text that the caller does not cover; what the catalogue does not know only `*` covers. */
  function missing({ grant }: Caller, texts: readonly string[]): string[] {
    return texts.filter((text) => {
      if (grant.allowsAll()) return false;
      try {
        return !grant.covers(catalogue.parse(text));
      } catch {
        // Whatever else went wrong: what was not judged is not covered.
        return true;
      }
    });
  }

  function demandScopes(caller: Caller, key: KeyInfo, before: KeyInfo | null): void {
    const named = before === null || !sameTexts(key.scopes, before.scopes) || key.level === null;
    const effective = key.level === null ? [] : grantOf(key.scopes, key.level).parsed;
    const beyond = [
      ...missing(caller, named ? key.scopes : []),
      ...effective.filter((scope) => !caller.grant.covers(scope)).map(({ text }) => text),
    ];
    if (beyond.length > 0) {
      throw new ApiKeyError(insufficientScope([...new Set(beyond)], caller.grant.scopes));
    }
  }

  function demandLevel(caller: Caller, { level }: KeyInfo): void {
    if (level === null || level === caller.stored?.level) return;
    const scopes = catalogue.level(level);
    // A level that the catalogue lost may come back as anything.
    const beyond = scopes === null ? ['*'] : scopes.map(({ text }) => text);
    const uncovered = missing(caller, beyond);
    if (uncovered.length > 0) throw new ApiKeyError(insufficientScope(uncovered, caller.grant.scopes));
  }

  function demandUser(caller: Caller, key: KeyInfo, before: KeyInfo | null, revealing: boolean): void {
    if (!revealing && key.userId === before?.userId) return;
    if (caller.users.includes(key.userId)) return;
    throw new ApiKeyError(notPermitted('You may not act as this user', { field: 'user_id' }));
  }

  function demandConditions({ stored }: Caller, key: KeyInfo): void {
    if (stored === null) return;
    const broken = CONDITIONS.find(([, keeps]) => !keeps(key, stored));
    if (broken === undefined) return;
    const [field] = broken;
    throw new ApiKeyError(notPermitted(`${field} must stay within that of your own key`, { field }));
  }

  return {
    demand(caller, key, before, revealing) {
      // A key that rotates itself comes to hold what it holds.
      if (revealing && before !== null && before.id === caller.stored?.id) return;
      demandScopes(caller, key, before);
      demandLevel(caller, key);
      demandUser(caller, key, before, revealing);
      demandConditions(caller, key);
      if (maxRateLimit === null || key.rateLimit === null || sameRate(key.rateLimit, before?.rateLimit))
        return;
      if (!isWithinRate(key.rateLimit, maxRateLimit)) {
        const { limit, windowSeconds } = maxRateLimit;
        const most = `${String(limit)} requests in ${String(windowSeconds)} seconds`;
        throw new ApiKeyError(
          invalidField('rate_limit', `rate_limit must be at most ${most}`, {
            maximum: { limit, window_seconds: windowSeconds },
          }),
        );
      }
    },
  };
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, at) => text === b[at]);
}

function sameRate(a: RateLimit, b: RateLimit | null | undefined): boolean {
  return a.limit === b?.limit && a.windowSeconds === b.windowSeconds;
}
