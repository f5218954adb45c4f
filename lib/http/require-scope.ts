/** requireScope(): the guard as hosts write it. */
import { ConfigurationError, InvalidValueError, shown } from '../errors';
import type { Scope } from '../keys/scope';
import type { ScopeCatalogue } from '../keys/scope-catalogue';
import { OPEN_CATALOGUE } from '../keys/scope-catalogue';
import { invalidOption, readBoolean, readNames } from '../option-readers';
import { createGuard, type GuardMode, type ObjectId } from './guard';
import type { Middleware } from './http-types';
import type { Runtime } from './runtime';

/** Options of a guard, after its scopes. */
export interface RequireScopeOptions {
  /**
   * The id of the object that a request is about, such as `(req) => req.params.id`: then a scope of that one
   * object suffices (`floor/f1:readPrivate`).
   */
  readonly id?: ObjectId;
  /**
   * Denies nothing: what the guard would deny goes to the event `would_deny`, and the request goes on, without a
   * key too. For finding out what a new guard would break. Authentication before it still refuses bad keys.
   * Default `false`.
   */
  readonly dangerouslyShadow?: boolean;
}

type Arguments<Name extends string> =
  readonly [Name, ...Name[]] | readonly [Name, ...Name[], RequireScopeOptions];

/** Makes guards over the scopes `Name`. */
export interface RequireScope<Name extends string = string> {
  /**
   * A guard that passes keys which hold all the scopes.
   * @throws ConfigurationError where the route is defined: no scope, a malformed one, or one that the
   * catalogue does not know.
   */
  (...scopes: Arguments<Name>): Middleware;
  /** A guard that passes keys which hold one of the scopes. @throws ConfigurationError as above. */
  any(...scopes: Arguments<Name>): Middleware;
}

/** The compiler keeps this list complete. */
const NAMES: Readonly<Record<keyof RequireScopeOptions, true>> = { id: true, dangerouslyShadow: true };

function readOptions(options: unknown): { readonly objectId: ObjectId | null; readonly shadow: boolean } {
  const { id, dangerouslyShadow } = readNames('requireScope options', options, NAMES);
  if (id !== undefined && typeof id !== 'function') {
    throw invalidOption(
      'requireScope options.id',
      `must be a function such as (req) => req.params.id; received ${shown(id)}.`,
    );
  }
  return {
    objectId: (id as ObjectId | undefined) ?? null,
    shadow: readBoolean('requireScope options.dangerouslyShadow', dangerouslyShadow, false),
  };
}

function readScopes(values: readonly unknown[], catalogue: ScopeCatalogue): readonly Scope[] {
  if (values.length === 0) {
    throw new ConfigurationError(
      'ERR_LATCHKEY_SCOPE_INVALID',
      'requireScope',
      'needs at least one scope, such as requireScope("models:read").',
    );
  }
  return values.map((value) => {
    if (typeof value !== 'string') {
      throw new ConfigurationError(
        'ERR_LATCHKEY_SCOPE_INVALID',
        'requireScope',
        `takes scopes as strings; received ${shown(value)}.`,
      );
    }
    try {
      return catalogue.parse(value);
    } catch (error) {
      if (!(error instanceof InvalidValueError)) throw error;
      throw new ConfigurationError('ERR_LATCHKEY_SCOPE_INVALID', 'requireScope', `${error.message}.`);
    }
  });
}

/** Makes {@link RequireScope} for a runtime; with `null`, for the keys of any. */
export function createRequireScope<Name extends string>(runtime: Runtime | null): RequireScope<Name> {
  const catalogue = runtime?.service.catalogue ?? OPEN_CATALOGUE;

  function guard(mode: GuardMode, values: readonly unknown[]): Middleware {
    const last = values.at(-1);
    const hasOptions = typeof last === 'object' && last !== null && !Array.isArray(last);
    const scopes = readScopes(hasOptions ? values.slice(0, -1) : values, catalogue);
    return createGuard({ scopes, mode, runtime, ...readOptions(hasOptions ? last : {}) });
  }

  const requireScope = (...values: Arguments<Name>): Middleware => guard('all', values);
  return Object.assign(requireScope, { any: (...values: Arguments<Name>) => guard('any', values) });
}

/**
 * The guard for the keys of whichever `createApiKeys` verified them. Its scopes are checked against the
 * catalogue at the first request; `keys.requireScope` checks them where the route is defined.
 */
export const requireScope: RequireScope = createRequireScope(null);
