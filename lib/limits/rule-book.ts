/** Which limits hold for which caller. */
import type { KeyRecord, RateLimit } from '../keys/key-record';
import type { KeyRateLimitSettings } from './key-rate-limit-options';
import type { LimitRule } from './limit-rule';

/** Finds the rules of a caller: short windows first, the quota last. */
export interface RuleBook {
  /** The rules of a key; `payer` is the record that it counts on. One object for a record that did not change. */
  forKey(payer: KeyRecord): readonly LimitRule[];
  /** The rules of a caller without a key. */
  readonly anonymous: readonly LimitRule[];
}

function windowRule(name: string, { limit, windowSeconds }: RateLimit): LimitRule {
  return Object.freeze({ name, limit, windowMs: windowSeconds * 1000, period: null });
}

/** Makes the {@link RuleBook} of a limiter. */
export function createRuleBook(settings: KeyRateLimitSettings): RuleBook {
  const { levels, kinds, also } = settings;
  const own = settings.name ?? 'default';
  const further = Object.entries(also).map(([name, limit]) => {
    return windowRule(settings.name === null ? name : `${own}.${name}`, limit);
  });
  const withFurther = (limit: RateLimit | null): readonly LimitRule[] => {
    const rules = limit === null ? further : [windowRule(own, limit), ...further];
    return rules.toSorted((a, b) => a.windowMs - b.windowMs);
  };

  const usual = withFurther(settings.default);
  const byLevel = new Map(Object.entries(levels).map(([name, limit]) => [name, withFurther(limit)]));
  const byKind = new Map<string, readonly LimitRule[]>(
    Object.entries(kinds).map(([kind, limit]) => [kind, withFurther(limit ?? null)]),
  );
  const ofRecord = new WeakMap<KeyRecord, readonly LimitRule[]>();

  function inherited({ level, kind }: KeyRecord): readonly LimitRule[] {
    return (level === null ? undefined : byLevel.get(level)) ?? byKind.get(kind) ?? usual;
  }

  function compute(record: KeyRecord): readonly LimitRule[] {
    const { rateLimit, quota } = record;
    const rules = rateLimit === null ? inherited(record) : withFurther(rateLimit);
    if (quota === null) return rules;
    return [
      ...rules,
      Object.freeze({ name: 'quota', limit: quota.limit, windowMs: 0, period: quota.period }),
    ];
  }

  return {
    anonymous: withFurther(settings.anonymous),
    forKey(payer) {
      if (settings.name !== null || (payer.rateLimit === null && payer.quota === null))
        return inherited(payer);
      let rules = ofRecord.get(payer);
      if (rules === undefined) {
        rules = compute(payer);
        ofRecord.set(payer, rules);
      }
      return rules;
    },
  };
}
