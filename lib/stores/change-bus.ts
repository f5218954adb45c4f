/** The ChangeBus port: how one process tells the others that a key changed. */

/** A key changed: whoever holds it must read it again. */
export interface KeyChange {
  readonly id: string;
  /** The key is revoked, which is never taken back. */
  readonly revoked: boolean;
}

/** What a bus calls. */
export interface ChangeListener {
  /** Another process, or this one, published a change. */
  onChange(change: KeyChange): void;
  /** Changes may be lost from now on. */
  onLost(error: unknown): void;
  /** Changes arrive again; some may have been missed. */
  onRestored(): void;
}

/**
 * Carries changes between processes, at most once and in no particular order. A bus is a shortcut: without
 * one, or while it is lost, changes are seen after `cache.ttl`. It reconnects by itself.
 */
export interface ChangeBus {
  /** Starts to listen; called once. Resolves when changes arrive, and may take as long as it needs. */
  subscribe(listener: ChangeListener): Promise<void>;
  /** Hands a change to every listener. Rejects when that cannot be done now. */
  publish(change: KeyChange): Promise<void>;
  /** Stops listening and frees what the bus opened. Safe to call twice. */
  close(): Promise<void>;
}
