/** requireScope(): the guard as hosts write it. */
import { ConfigurationError, InvalidValueError, shown } from '../errors';
import type { Scope } from '../keys/scope';
import type { ScopeCatalogue } from '../keys/scope-catalogue';
import { OPEN_CATALOGUE } from '../keys/scope-catalogue';
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

function readOptions(value: unknown): ObjectId | null {
  const { id, ...rest } = value as { id?: unknown };
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) {
    throw new ConfigurationError(
      'ERR_LATCHKEY_OPTION_UNKNOWN',
      `requireScope options.${unknown}`,
      'is not an option. Known: id.',
    );
  }
  if (id === undefined) return null;
  if (typeof id === 'function') return id as ObjectId;
  throw new ConfigurationError(
    'ERR_LATCHKEY_OPTION_INVALID',
    'requireScope options.id',
    `must be a function such as (req) => req.params.id; received ${shown(id)}.`,
  );
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
    return createGuard({ scopes, mode, objectId: hasOptions ? readOptions(last) : null, runtime });
  }

  const requireScope = (...values: Arguments<Name>): Middleware => guard('all', values);
  return Object.assign(requireScope, { any: (...values: Arguments<Name>) => guard('any', values) });
}

/**
 * The guard for the keys of whichever `createApiKeys` verified them. Its scopes are checked against the
 * catalogue at the first request; `keys.requireScope` checks them where the route is defined.
 */
export const requireScope: RequireScope = createRequireScope(null);
