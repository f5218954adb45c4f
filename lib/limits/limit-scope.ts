/** What limiters of one name share: rules and counters, so that a request counts once however many are mounted. */
import { ConfigurationError } from '../errors';
import type { Runtime } from '../http/runtime';
import { createTake, type Take } from './counting';
import type { KeyRateLimitSettings } from './key-rate-limit-options';
import { createRuleBook, type RuleBook } from './rule-book';

/** The rules and counters behind one name. */
export interface LimitScope {
  readonly settings: KeyRateLimitSettings;
  readonly book: RuleBook;
  readonly take: Take;
}

const scopes = new WeakMap<Runtime, Map<string | null, LimitScope>>();

/** Settings that each mount may have of its own. */
const OF_THE_MOUNT: ReadonlySet<string> = new Set(['cost', 'ietfHeaders']);

/** Names of the settings in which two limiters differ although they would share counters. */
function differences(a: KeyRateLimitSettings, b: KeyRateLimitSettings): string[] {
  const names = Object.keys(a) as (keyof KeyRateLimitSettings)[];
  return names.filter((name) => {
    if (OF_THE_MOUNT.has(name)) return false;
    return name === 'store' ? a.store !== b.store : JSON.stringify(a[name]) !== JSON.stringify(b[name]);
  });
}

/**
 * The scope of these settings: a new one for a new name, the known one where they are the same.
 * @throws ConfigurationError where a limiter of the same name says something else: one of the two would not
 * hold.
 */
export function limitScope(runtime: Runtime, settings: KeyRateLimitSettings): LimitScope {
  const ofRuntime = scopes.get(runtime) ?? new Map<string | null, LimitScope>();
  scopes.set(runtime, ofRuntime);
  const known = ofRuntime.get(settings.name);
  if (known !== undefined) {
    const differing = differences(known.settings, settings);
    if (differing.length === 0) return known;
    throw new ConfigurationError(
      'ERR_LATCHKEY_OPTION_INVALID',
      'keyRateLimit options.name',
      `must be given, and be new: another limiter ${settings.name === null ? 'without a name' : `named "${settings.name}"`} differs in ${differing.join(', ')}, and a request counts once for each name.`,
    );
  }
  const { events, clock } = runtime.service;
  const scope = { settings, book: createRuleBook(settings), take: createTake(settings, events, clock) };
  ofRuntime.set(settings.name, scope);
  return scope;
}
