/** The options of the management endpoints. */
import type { HttpRequest } from '../http/http-types';
import { ConfigurationError, InvalidValueError, shown } from '../errors';
import type { RateLimit } from '../keys/key-record';
import type { Scope } from '../keys/scope';
import type { ScopeCatalogue } from '../keys/scope-catalogue';
import { invalidOption, readFunction, readNames, readNumber } from '../option-readers';
import { creatableKind } from './request-schemas';

/** Someone whom the host knows by its own means, such as a session, and who manages keys. */
export interface ManagementActor {
  readonly type: 'user';
  /** For events and audit. */
  readonly id: string;
  /** The organization or tenant that the user acts for: its keys alone are seen. */
  readonly ownerId: string;
  /** The scopes that the user may hand on. An empty list hands on none: keys can be listed and revoked. */
  readonly scopes: readonly string[];
  /** Default `write`. */
  readonly access?: 'read' | 'write';
  /** Ids of users of this owner whose keys this user may create and rotate. Default: none. */
  readonly actAs?: readonly string[];
}

/** Names the user behind a request, or nobody. */
export type ActorOf = (
  req: HttpRequest,
) => ManagementActor | null | undefined | Promise<ManagementActor | null | undefined>;

/** Where daily counts come from: what `trackUsage` of `latchkey/usage` answers fits. */
export interface UsageSource {
  daily(
    keyId: string,
    range: { readonly from?: string; readonly to?: string },
  ): Promise<
    readonly {
      readonly day: string;
      readonly requests: number;
      readonly denied: number;
      readonly limited: number;
    }[]
  >;
}

/** Options of `managementRouter` and `openApiDocument`. */
export interface ManagementOptions {
  /**
   * The scopes with which a key may read and change keys; `null` when keys manage no keys. Default
   * `{ read: 'api_keys:read', write: 'api_keys:write' }`.
   */
  readonly scopes?: { readonly read: string; readonly write: string } | null;
  /** Callers without a key. A key that is presented decides alone. Default: none. */
  readonly actor?: ActorOf;
  /** The kind of a new key whose body names none. Default `secret`. */
  readonly defaultKind?: 'secret' | 'publishable' | 'scoped';
  /** How often a key should be rotated, in seconds: from a day to ten years. It reports, and blocks nothing. */
  readonly rotateEvery?: number;
  /** The highest rate limit that may be given to a key. Default: none. */
  readonly maxRateLimit?: RateLimit;
  /** Switches `GET /keys/{key_id}/usage` on. */
  readonly usage?: UsageSource;
  /** For the document: name and version of the host's API, and the URL that the router is mounted at. */
  readonly info?: { readonly title?: string; readonly version?: string; readonly server?: string };
}

/** The options, complete and checked. */
export interface ManagementSettings {
  readonly scopes: { readonly read: Scope; readonly write: Scope } | null;
  readonly actor: ActorOf | null;
  readonly defaultKind: 'secret' | 'publishable' | 'scoped';
  /** In ms. */
  readonly rotateEvery: number | null;
  readonly maxRateLimit: RateLimit | null;
  readonly usage: UsageSource | null;
  readonly info: { readonly title: string; readonly version: string; readonly server: string };
}

const NAMES: Readonly<Record<keyof ManagementOptions, true>> = {
  scopes: true,
  actor: true,
  defaultKind: true,
  rotateEvery: true,
  maxRateLimit: true,
  usage: true,
  info: true,
};
const DAY_SECONDS = 86_400;

function readScope(subject: string, text: unknown, catalogue: ScopeCatalogue): Scope {
  try {
    return catalogue.parse(text as string);
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error;
    throw new ConfigurationError(
      'ERR_LATCHKEY_SCOPE_INVALID',
      subject,
      `${error.message}. Declare it in the catalogue, name another one here, or set scopes to null.`,
    );
  }
}

function readScopes(value: unknown, catalogue: ScopeCatalogue): ManagementSettings['scopes'] {
  if (value === null) return null;
  const given = value === undefined ? {} : readNames('options.scopes', value, { read: true, write: true });
  const { read = 'api_keys:read', write = 'api_keys:write' } = given;
  return {
    read: readScope('options.scopes.read', read, catalogue),
    write: readScope('options.scopes.write', write, catalogue),
  };
}

function readRateLimit(value: unknown): RateLimit | null {
  if (value === undefined) return null;
  const names = { limit: true, windowSeconds: true } as const;
  const { limit, windowSeconds } = readNames('options.maxRateLimit', value, names);
  const read = (name: keyof RateLimit, number: unknown, unit: string): number => {
    if (number === undefined) throw invalidOption(`options.maxRateLimit.${name}`, 'is missing.');
    const range = { from: 1, to: 1_000_000_000, unit, whole: true };
    return readNumber(`options.maxRateLimit.${name}`, number as number, 1, range);
  };
  return {
    limit: read('limit', limit, 'requests'),
    windowSeconds: read('windowSeconds', windowSeconds, 'seconds'),
  };
}

function readUsage(value: unknown): UsageSource | null {
  if (value === undefined) return null;
  const { daily } = (value ?? {}) as Partial<UsageSource>;
  if (typeof daily === 'function') return value as UsageSource;
  throw invalidOption('options.usage', `must have a method daily(keyId, range); received ${shown(value)}.`);
}

function readInfo(value: unknown): ManagementSettings['info'] {
  const names = { title: true, version: true, server: true } as const;
  const given = value === undefined ? {} : readNames('options.info', value, names);
  const { title = 'API keys', version = '1.0.0', server = '/' } = given;
  for (const [name, text] of Object.entries({ title, version, server })) {
    if (typeof text !== 'string' || text === '') {
      throw invalidOption(`options.info.${name}`, `must be a text; received ${shown(text)}.`);
    }
  }
  return { title, version, server } as ManagementSettings['info'];
}

/**
 * Reads the options.
 * @throws ConfigurationError for an unknown name or a bad value, and for scopes that the catalogue lacks.
 */
export function readManagementOptions(
  options: ManagementOptions,
  catalogue: ScopeCatalogue,
): ManagementSettings {
  readNames('options', options, NAMES);
  const { defaultKind = 'secret', rotateEvery } = options;
  if (!(creatableKind.options as unknown[]).includes(defaultKind)) {
    throw invalidOption(
      'options.defaultKind',
      `must be one of ${creatableKind.options.join(', ')}; received ${shown(defaultKind)}.`,
    );
  }
  const range = { from: DAY_SECONDS, to: 3_650 * DAY_SECONDS, unit: 'seconds', whole: true };
  const scopes = readScopes(options.scopes, catalogue);
  const actor = readFunction('options.actor', options.actor);
  if (scopes === null && actor === null) {
    throw new ConfigurationError(
      'ERR_LATCHKEY_OPTION_MISSING',
      'options.actor',
      'is needed where scopes is null: otherwise nobody may manage keys.',
    );
  }
  return Object.freeze({
    scopes,
    actor,
    defaultKind,
    rotateEvery:
      rotateEvery === undefined ? null : readNumber('options.rotateEvery', rotateEvery, 0, range) * 1000,
    maxRateLimit: readRateLimit(options.maxRateLimit),
    usage: readUsage(options.usage),
    info: readInfo(options.info),
  });
}
