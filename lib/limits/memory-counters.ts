/** Counts in the memory of one process: synchronous, without timers, bounded. */
import { endOfPeriod } from './calendar';
import { tallyOf, type LimitRule, type Standing, type Tally } from './limit-rule';

/** How many counted subjects one new subject looks at, to forget those whose windows have ended. */
const SWEEP = 2;

interface Window {
  count: number;
  /** In ms since the epoch; the window is open before it. */
  resetAt: number;
}

interface Account {
  rules: readonly LimitRule[];
  /** One for each rule, in the same order. */
  windows: readonly Window[];
  /** Open windows of other rules: keys that share an account may each bring their own. */
  others: readonly RuleWindow[];
}

interface RuleWindow {
  readonly rule: LimitRule;
  readonly window: Window;
}

function isSameWindow(a: LimitRule, b: LimitRule): boolean {
  return a.name === b.name && a.windowMs === b.windowMs && a.period === b.period;
}

/**
 * Counts for one process. A window opens with the first request and lasts its whole length, however steadily
 * requests follow. At most `max` subjects are held; beyond it the one that came first is forgotten, and starts
 * anew when it comes back.
 */
export class MemoryCounters {
  readonly #accounts = new Map<string, Account>();
  readonly #max: number;
  #sweep: Iterator<[string, Account], undefined>;

  constructor(max: number) {
    this.#max = max;
    this.#sweep = this.#accounts.entries();
  }

  /** How many subjects are held. */
  get size(): number {
    return this.#accounts.size;
  }

  /** Spends `cost` under all rules or, where one of them is exceeded, under none. @param now In ms. */
  take(subject: string, rules: readonly LimitRule[], cost: number, now: number): Tally {
    const windows = this.#windows(subject, rules, now);
    let passed = true;
    for (let i = 0; i < rules.length; i += 1) {
      const window = windows[i] as Window;
      const rule = rules[i] as LimitRule;
      if (window.resetAt <= now) {
        window.count = 0;
        window.resetAt = rule.period === null ? now + rule.windowMs : endOfPeriod(rule.period, now);
      }
      if (window.count + cost > rule.limit) passed = false;
    }
    const standings: Standing[] = [];
    for (let i = 0; i < rules.length; i += 1) {
      const window = windows[i] as Window;
      const rule = rules[i] as LimitRule;
      const exceeded = !passed && window.count + cost > rule.limit;
      if (passed) window.count += cost;
      const remaining = Math.max(0, rule.limit - window.count);
      standings.push({ rule, exceeded, remaining, resetAt: window.resetAt });
    }
    return tallyOf(standings);
  }

  #windows(subject: string, rules: readonly LimitRule[], now: number): readonly Window[] {
    const account = this.#accounts.get(subject);
    if (account === undefined) return this.#open(subject, rules, now);
    if (account.rules !== rules) {
      const held = [
        ...account.rules.map((rule, i) => ({ rule, window: account.windows[i] as Window })),
        ...account.others,
      ];
      account.windows = rules.map((rule) => {
        return held.find((other) => isSameWindow(rule, other.rule))?.window ?? { count: 0, resetAt: 0 };
      });
      account.others = held.filter(({ window }) => window.resetAt > now && !account.windows.includes(window));
      account.rules = rules;
    }
    return account.windows;
  }

  #open(subject: string, rules: readonly LimitRule[], now: number): readonly Window[] {
    this.#forgetEnded(now);
    if (this.#accounts.size >= this.#max) {
      for (const oldest of this.#accounts.keys()) {
        this.#accounts.delete(oldest);
        break;
      }
    }
    const windows = rules.map(() => ({ count: 0, resetAt: 0 }));
    this.#accounts.set(subject, { rules, windows, others: [] });
    return windows;
  }

  #forgetEnded(now: number): void {
    for (let i = 0; i < SWEEP; i += 1) {
      const { value } = this.#sweep.next();
      if (value === undefined) {
        this.#sweep = this.#accounts.entries();
        return;
      }
      const [subject, { windows, others }] = value;
      const all = [...windows, ...others.map(({ window }) => window)];
      if (all.every(({ resetAt }) => resetAt <= now)) this.#accounts.delete(subject);
    }
  }
}
