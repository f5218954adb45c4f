/** What everything that speaks HTTP shares: the service, and how requests are read and answered. */
import type { KeyService } from '../service/key-service';
import type { RequestFacts } from '../service/request-facts';
import { realmOf, type VerifiedKey } from '../service/verified-key';
import type { Carriers } from './carriers';
import type { FormatError } from './error-response';
import type { ExtractCredential } from './extract-credential';
import type { HttpRequest } from './http-types';

/** Writes a line for the developer. Lines hold nothing secret. */
export type Log = (line: string) => void;

/** The service, and how requests are read and answered. */
export interface Runtime {
  readonly service: KeyService;
  readonly carriers: Carriers;
  readonly extract: ExtractCredential;
  readonly facts: RequestFacts<HttpRequest>;
  readonly formatError: FormatError | null;
  readonly log: Log;
}

const runtimes = new WeakMap<object, Runtime>();

/** Makes the runtime known by the realm of its keys. */
export function registerRuntime(runtime: Runtime): void {
  runtimes.set(runtime.service.realm, runtime);
}

/** The runtime that verified a key. */
export function runtimeOfKey(key: VerifiedKey): Runtime | undefined {
  return runtimes.get(realmOf(key));
}

/** Where lines go unless the host says otherwise: `process.on('warning')`, by default standard error. */
export function defaultLog(line: string): void {
  process.emitWarning(line, { type: 'LatchkeyWarning' });
}
