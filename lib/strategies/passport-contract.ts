/** The part of Passport's strategy contract that latchkey keeps; no types of Passport's own are needed. */
import type { AuthInfo } from '../service/verdict';
import type { Principal } from '../service/verified-key';

/** The actions that Passport, or `apiKeyAuth`, adds to a copy of a strategy for each request. */
export interface StrategyActions {
  success(user: Principal, info: AuthInfo): void;
  fail(challenge?: string | number): void;
  error(error: unknown): void;
  pass(): void;
}

/** A strategy as `passport.use(name, strategy)` takes it. Register and run it by name: see docs/passport.md. */
export interface PassportStrategy {
  /** The name under which to register it. */
  readonly name: string;
  /** Called by Passport on a copy that has the {@link StrategyActions}. */
  authenticate(this: StrategyActions, req: unknown, options?: unknown): void;
}
