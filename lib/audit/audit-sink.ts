/** Where audit entries go. */
import type { AuditEntry, AuditStore } from '../stores/audit-store';

/** Takes entries in order. One that throws or rejects gets the same entries again. */
export type AuditSink = (entries: readonly AuditEntry[]) => void | Promise<void>;

/** Appends to a store, such as a table. */
export function storeSink(store: AuditStore): AuditSink {
  return (entries) => store.append(entries);
}

/** The part of a writable stream that is used. */
export interface LineStream {
  /** `false` when the stream is full; then `drain` tells when it takes more. */
  write(text: string): unknown;
  once?(event: 'drain' | 'error' | 'close', listener: () => void): unknown;
}

/** Resolves when a full stream takes more, or never will. */
function drained(stream: LineStream): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['drain', 'error', 'close'] as const) stream.once?.(event, resolve);
  });
}

/** The part of a pino logger that is used. */
export interface PinoLike {
  info(fields: object, message: string): void;
}

/** An entry with the names that log processors expect. */
function fieldsOf(entry: AuditEntry): Record<string, unknown> {
  return {
    audit_id: entry.id,
    at: new Date(entry.at).toISOString(),
    action: entry.action,
    key_id: entry.keyId,
    owner_id: entry.ownerId,
    actor_type: entry.actorType,
    actor_id: entry.actorId,
    address: entry.address,
    reason: entry.reason,
    details: entry.details,
  };
}

/** What JSON leaves as it is and a terminal or a log viewer may take for a new line or a command. */
const RISKY = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line of JSON: no text of a client can end it, start another one, or steer a terminal. */
export function auditLine(entry: AuditEntry): string {
  const json = JSON.stringify(fieldsOf(entry));
  return json.replace(RISKY, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** JSON lines on a stream, such as `process.stdout` or a file. */
export function jsonLinesSink(stream: LineStream): AuditSink {
  return async (entries) => {
    for (const entry of entries) {
      const takesMore = stream.write(`${auditLine(entry)}\n`);
      // A reader that stalls must fill our bounded queue, and not the memory.
      if (takesMore === false && stream.once !== undefined) await drained(stream);
    }
  };
}

/** Entries through a pino logger, which writes JSON lines of its own. */
export function pinoSink(logger: PinoLike): AuditSink {
  return (entries) => {
    for (const entry of entries) {
      logger.info(JSON.parse(auditLine(entry)) as object, `api key ${entry.action}`);
    }
  };
}
