/** `latchkey/audit`: who did what to which key. */
export { memoryAuditStore } from '../stores/memory-audit-store';
export type { AuditEntry, AuditQuery, AuditStore } from '../stores/audit-store';
export {
  auditLine,
  jsonLinesSink,
  pinoSink,
  storeSink,
  type AuditSink,
  type LineStream,
  type PinoLike,
} from './audit-sink';
export { auditTrail, type AuditTrail, type AuditTrailOptions } from './audit-trail';
