/** Authentication of WebSocket upgrades: before there is a response, on the socket itself. */
import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { KEY_MISSING, insufficientScope } from '../denials';
import type { Denial } from '../errors';
import type { Scope } from '../keys/scope';
import type { KindMask } from '../service/kind-mask';
import { grantOf, type VerifiedKey } from '../service/verified-key';
import { announceVerified } from './announce';
import type { RequestFacts } from '../service/request-facts';
import { Credential } from './credential';
import { errorHeaders, errorText } from './error-response';
import type { HttpRequest } from './http-types';
import { readCredential } from './read-credential';
import { reportDenied } from './report';
import type { Runtime } from './runtime';

/** Verifies an upgrade; resolves to the key, or to `null` once the refusal is written and the socket ended. */
export type AuthenticateUpgrade = (req: IncomingMessage, socket: Duplex) => Promise<VerifiedKey | null>;

/** What an upgrade needs. */
export interface UpgradeSettings {
  readonly kinds: KindMask;
  /** The key needs all of them. */
  readonly scopes: readonly Scope[];
  /** Facts that the host reads by itself, in place of those of the socket. */
  readonly facts: Partial<Pick<RequestFacts<HttpRequest>, 'address' | 'host'>>;
}

/** Writes a refusal as HTTP/1.1 on the socket of an upgrade, and ends it. */
function writeUpgradeDenial(runtime: Runtime, req: HttpRequest, socket: Duplex, denial: Denial): void {
  const { text, type } = errorText(denial, runtime.formatError, req);
  const headers = [
    ...errorHeaders(denial),
    ['Content-Type', type],
    ['Content-Length', String(Buffer.byteLength(text))],
    ['Connection', 'close'],
  ];
  const head = `HTTP/1.1 ${String(denial.status)} ${STATUS_CODES[denial.status] as string}`;
  // A client that never closes its side would hold the socket for ever.
  socket.once('finish', () => {
    socket.destroy();
  });
  socket.end(
    [head, ...headers.map(([name, value]) => `${String(name)}: ${String(value)}`), '', text].join('\r\n'),
  );
}

/** Makes {@link AuthenticateUpgrade}. */
export function createAuthenticateUpgrade(runtime: Runtime, settings: UpgradeSettings): AuthenticateUpgrade {
  const { service } = runtime;
  const facts: RequestFacts<HttpRequest> = { ...runtime.facts, ...settings.facts };

  return async (request, socket) => {
    const req = request as HttpRequest;
    const refuse = (denial: Denial, keyId: string | null, key: VerifiedKey | null = null): null => {
      reportDenied(runtime, req, denial, keyId, key);
      writeUpgradeDenial(runtime, req, socket, denial);
      return null;
    };

    // The server has let go of the socket: a client that is gone meanwhile must not end the process.
    const drop = (): void => {
      socket.destroy();
    };
    socket.on('error', drop);
    const presented = readCredential(runtime, req, undefined, true);
    if (presented === null) return refuse(KEY_MISSING, null);
    if (!(presented instanceof Credential)) return refuse(presented, null);
    const verdict = await service.verify(presented.token, presented.kinds & settings.kinds, facts, req);
    if (!verdict.granted) return refuse(verdict.denial, verdict.keyId);
    const { key } = verdict;
    const grant = grantOf(key);
    if (!settings.scopes.every((scope) => grant.allows(scope))) {
      const texts = settings.scopes.map(({ text }) => text);
      return refuse(insufficientScope(texts, grant.scopes), key.id, key);
    }
    req.apiKey = key;
    announceVerified(runtime, req, undefined, key);
    socket.off('error', drop);
    return key;
  };
}
