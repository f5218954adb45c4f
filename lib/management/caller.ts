/** Who calls: a key with management scopes, or a user whom the host names. */
import { CROSS_SITE, KEY_MISSING, insufficientScope, notPermitted } from '../denials';
import { ApiKeyError, InvalidValueError, shown } from '../errors';
import { isCrossSite } from '../http/cross-site';
import { addressOf } from '../http/http-facts';
import type { HttpRequest } from '../http/http-types';
import type { Runtime } from '../http/runtime';
import { createGrant, type Grant } from '../keys/grant';
import type { Actor } from '../service/events';
import type { KeyInfo } from '../service/key-info';
import { grantOf, isVerifiedKey, type VerifiedKey } from '../service/verified-key';
import type { ManagementActor, ManagementSettings } from './management-options';

/** What an endpoint asks of its caller. `any`: to be someone; `self`: to be a key that manages keys or itself. */
export type Access = 'any' | 'self' | 'read' | 'write';

/** Someone who may do what the endpoint does. */
export interface Caller {
  /** The keys of this owner, and no others. */
  readonly ownerId: string;
  /** The most that the caller may hand on. */
  readonly grant: Grant;
  readonly by: Actor;
  /** The users whose tokens the caller may come to see; `null` among them for keys without a user. */
  readonly users: readonly (string | null)[];
  /** The key that calls; for changes as it is stored now. `null` for a user. */
  readonly key: VerifiedKey | null;
  /** The stored fields of the key that calls, for changes alone. */
  readonly stored: KeyInfo | null;
  /** The user that calls, or `null` for a key. */
  readonly user: ManagementActor | null;
}

/** The kinds that may manage: whatever a page or a short-lived token holds manages nothing. */
const MANAGING: readonly string[] = ['secret', 'scoped'];

function actorOf(req: HttpRequest, type: Actor['type'], id: string): Actor {
  const address = addressOf(req);
  return address === undefined ? { type, id } : { type, id, address };
}

/** @throws TypeError for what is no actor: a mistake of the host, which must not let anyone in. */
function readActor(value: unknown): ManagementActor {
  const { type, id, ownerId, scopes, access = 'write', actAs = [] } = value as Partial<ManagementActor>;
  const text = (field: unknown): boolean => typeof field === 'string' && field !== '';
  const fits =
    type === 'user' &&
    text(id) &&
    text(ownerId) &&
    Array.isArray(scopes) &&
    ['read', 'write'].includes(access) &&
    Array.isArray(actAs) &&
    actAs.every(text);
  if (fits) return value as ManagementActor;
  throw new TypeError(
    'options.actor must answer null or { type: "user", id, ownerId, scopes: [...] }, with access "read" or ' +
      `"write" and actAs as a list of user ids where given; received ${shown(value)}`,
  );
}

/** Makes the function that names the caller of a request on which authentication has run. */
export function createCallerOf(runtime: Runtime, settings: ManagementSettings) {
  const { service, facts } = runtime;

  function grantOfUser(scopes: readonly string[]): Grant {
    try {
      return createGrant(
        scopes.map((scope) => service.catalogue.parse(scope)),
        service.catalogue,
      );
    } catch (error) {
      if (error instanceof InvalidValueError)
        throw new TypeError(`options.actor: ${error.message}`, { cause: error });
      throw error;
    }
  }

  async function user(req: HttpRequest, access: Access): Promise<Caller> {
    const answer: unknown = settings.actor === null ? null : await settings.actor(req);
    if (answer === null || answer === undefined) throw new ApiKeyError(KEY_MISSING);
    const named = readActor(answer);
    // A session rides along on requests that another site's page causes; a key does not.
    if (isCrossSite(req, false)) throw new ApiKeyError(CROSS_SITE);
    if (access === 'self') {
      throw new ApiKeyError(notPermitted('Only a key can revoke itself', { reason: 'key_required' }));
    }
    if (access === 'write' && named.access === 'read') {
      throw new ApiKeyError(notPermitted('You may read keys, not change them', { reason: 'read_only' }));
    }
    return {
      ownerId: named.ownerId,
      grant: grantOfUser(named.scopes),
      by: actorOf(req, 'user', named.id),
      users: [null, ...(named.actAs ?? [])],
      key: null,
      stored: null,
      user: named,
    };
  }

  function keyCaller(req: HttpRequest, key: VerifiedKey, stored: KeyInfo | null): Caller {
    return {
      ownerId: key.ownerId,
      grant: grantOf(key),
      by: actorOf(req, 'key', key.id),
      users: [key.userId],
      key,
      stored,
      user: null,
    };
  }

  function demandScope(grant: Grant, access: 'read' | 'write'): void {
    if (settings.scopes === null) {
      throw new ApiKeyError(notPermitted('Keys are not managed with keys here', { reason: 'user_required' }));
    }
    const scope = settings.scopes[access];
    if (!grant.allows(scope)) throw new ApiKeyError(insufficientScope([scope.text], grant.scopes));
  }

  /**
   * The caller of a request.
   * @throws ApiKeyError when there is none, or when it may not do this.
   */
  return async function callerOf(req: HttpRequest, access: Access): Promise<Caller> {
    const { apiKey: key } = req;
    if (!isVerifiedKey(key)) return user(req, access);
    if (access === 'any') return keyCaller(req, key, null);
    if (!MANAGING.includes(key.kind)) {
      throw new ApiKeyError(
        notPermitted('Keys are managed with a secret or a scoped key', { reason: 'kind_not_permitted' }),
      );
    }
    if (access === 'self') return keyCaller(req, key, null);
    demandScope(grantOf(key), access);
    if (access === 'read') return keyCaller(req, key, null);
    // A key that was revoked or narrowed elsewhere a moment ago must not leave another one behind.
    const { verdict, key: stored } = await service.reverify(key.id, facts, req);
    if (!verdict.granted) throw new ApiKeyError(verdict.denial);
    demandScope(grantOf(verdict.key), access);
    return keyCaller(req, verdict.key, stored);
  };
}

/** Names the caller of a request. */
export type CallerOf = ReturnType<typeof createCallerOf>;
