/** auditTrail(): writes down who did what to which key. */
import { randomUUID } from 'node:crypto';
import { internalsOf, type ApiKeys } from '../api-keys';
import { ConfigurationError, shown } from '../errors';
import { readBoolean, readNames, readNumber } from '../option-readers';
import type { Actor } from '../service/events';
import type { KeyInfo } from '../service/key-info';
import type { AuditEntry } from '../stores/audit-store';
import { AuditQueue } from './audit-queue';
import type { AuditSink } from './audit-sink';

/** Options of {@link auditTrail}. */
export interface AuditTrailOptions {
  /** Where entries go; each sink gets every entry, in order. */
  readonly sinks: readonly AuditSink[];
  /** Whether refused requests are written down too, with their true reason. Default `true`. */
  readonly denied?: boolean;
  /** Seconds between two hand-overs: 0.05 to 60, default 1. */
  readonly flushInterval?: number;
}

/** The audit trail of one `createApiKeys`. */
export interface AuditTrail {
  /** Hands over what waits; `false` when a sink failed and it waits on. Never rejects. */
  flush(): Promise<boolean>;
  /** Hands over what is left and stops. `keys.close()` does this too. Safe to call twice. */
  close(): Promise<void>;
}

/** Facts about a key that belong into an entry: what it is and may do, never what it looks like. */
function rightsOf(key: KeyInfo): Record<string, unknown> {
  const { kind, name, userId, scopes, level, origins, addresses, hosts, rateLimit, quota, parentId } = key;
  const { expiresAt } = key;
  return {
    kind,
    name,
    userId,
    scopes,
    level,
    origins,
    addresses,
    hosts,
    rateLimit,
    quota,
    parentId,
    expiresAt,
  };
}

function changeEntry(
  action: string,
  key: KeyInfo,
  by: Actor,
  at: number,
  details: Readonly<Record<string, unknown>>,
): AuditEntry {
  return {
    id: randomUUID(),
    at,
    action,
    keyId: key.id,
    ownerId: key.ownerId,
    actorType: by.type,
    actorId: by.id,
    address: by.address ?? null,
    reason: null,
    details,
  };
}

/**
 * Starts the audit trail: every creation, change, rotation and revocation, and every refusal with its true
 * reason. Entries wait in memory for at most one interval; a process that is killed loses those. Changes of
 * keys are never dropped; of refusals, at most 10,000 wait, and what does not fit is counted in one entry.
 * @throws ConfigurationError for an unknown option, no sink, or a value out of its range.
 */
export function auditTrail(keys: ApiKeys<never> | ApiKeys, options: AuditTrailOptions): AuditTrail {
  const { service } = internalsOf(keys).runtime;
  readNames('auditTrail options', options, { sinks: true, denied: true, flushInterval: true });
  const { sinks } = options;
  if (!Array.isArray(sinks) || sinks.length === 0 || !sinks.every((sink) => typeof sink === 'function')) {
    throw new ConfigurationError(
      'ERR_LATCHKEY_OPTION_INVALID',
      'auditTrail options.sinks',
      `must be an array of sinks, such as [jsonLinesSink(process.stdout)]; received ${shown(sinks)}.`,
    );
  }
  const denied = readBoolean('auditTrail options.denied', options.denied, true);
  const interval = readNumber('auditTrail options.flushInterval', options.flushInterval, 1, {
    from: 0.05,
    to: 60,
    unit: 'seconds',
    whole: false,
  });
  const { events, clock } = service;
  const queues = sinks.map((sink: AuditSink) => {
    const onFailure = (error: unknown): void => {
      events.emit('failure', { task: 'audit', error, at: clock() });
    };
    return new AuditQueue(sink, onFailure, clock);
  });
  const add = (entry: AuditEntry, isRefusal = false): void => {
    for (const queue of queues) queue.add(entry, isRefusal);
  };

  events.on('created', ({ key, by, at }) => {
    add(changeEntry('created', key, by, at, rightsOf(key)));
  });
  events.on('updated', ({ key, fields, by, at }) => {
    add(changeEntry('updated', key, by, at, { fields, ...rightsOf(key) }));
  });
  events.on('rotated', ({ key, successor, by, at }) => {
    add(changeEntry('rotated', key, by, at, { successor: successor.id, expiresAt: key.expiresAt }));
  });
  events.on('revoked', ({ key, by, at }) => {
    add(changeEntry('revoked', key, by, at, { kind: key.kind, name: key.name }));
  });
  if (denied) {
    events.on('denied', ({ reason, status, keyId, key, method, path, address, at }) => {
      const entry: AuditEntry = {
        id: randomUUID(),
        at,
        action: 'denied',
        keyId,
        ownerId: key?.ownerId ?? null,
        actorType: key === null ? null : key.principal.type,
        actorId: key === null ? null : key.principal.id,
        address,
        reason,
        // A path is as long as the client likes.
        details: { status, method, path: path.slice(0, 500) },
      };
      add(entry, true);
    });
    events.on('limited', ({ key, limit, name, address, at }) => {
      const entry: AuditEntry = {
        id: randomUUID(),
        at,
        action: 'limited',
        keyId: key?.id ?? null,
        ownerId: key?.ownerId ?? null,
        actorType: key?.principal.type ?? null,
        actorId: key?.principal.id ?? null,
        address,
        reason: 'rate_limited',
        details: { limit, name },
      };
      add(entry, true);
    });
  }

  const flush = async (): Promise<boolean> => {
    const done = await Promise.all(queues.map((queue) => queue.flush()));
    return done.every(Boolean);
  };
  const timer = setInterval(() => {
    void flush();
  }, interval * 1000);
  timer.unref();
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    clearInterval(timer);
    return (closing ??= Promise.all(queues.map((queue) => queue.drain())).then(() => undefined));
  };
  service.onClose(close);
  return Object.freeze({ flush, close });
}
