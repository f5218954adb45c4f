/** Entries on their way to a sink: in order, bounded, and tried again. */
import { randomUUID } from 'node:crypto';
import { within } from '../service/within';
import type { AuditEntry } from '../stores/audit-store';
import type { AuditSink } from './audit-sink';

/** How many refusals wait at most: a flood of them must not fill the memory. */
const MAX_REFUSALS = 10_000;
/** How many entries a sink gets at once. */
const BATCH = 500;
/** How long a sink may take for a batch, in ms: then it gets the same entries again. */
const SINK_TIMEOUT = 30_000;
/** How often closing tries to hand over what is left. */
const CLOSING_ATTEMPTS = 3;

/** Hands entries to one sink. */
export class AuditQueue {
  readonly #sink: AuditSink;
  readonly #onFailure: (error: unknown) => void;
  readonly #clock: () => number;
  #entries: AuditEntry[] = [];
  #refusals = 0;
  #dropped = 0;
  #running: Promise<boolean> | null = null;

  constructor(sink: AuditSink, onFailure: (error: unknown) => void, clock: () => number) {
    this.#sink = sink;
    this.#onFailure = onFailure;
    this.#clock = clock;
  }

  /** Adds an entry. A refusal is dropped, and counted, when too many wait; a change of a key never is. */
  add(entry: AuditEntry, isRefusal: boolean): void {
    if (isRefusal) {
      if (this.#refusals >= MAX_REFUSALS) {
        this.#dropped += 1;
        return;
      }
      this.#refusals += 1;
    }
    this.#entries.push(entry);
  }

  /** Hands over everything that waits; `false` when the sink failed and it waits on. Never rejects. */
  flush(): Promise<boolean> {
    this.#running ??= this.#flush().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Hands over what is left, with a few attempts. Never rejects. */
  async drain(): Promise<void> {
    await this.#running;
    for (let attempt = 0; attempt < CLOSING_ATTEMPTS; attempt += 1) {
      if (await this.flush()) return;
    }
  }

  async #hand(batch: readonly AuditEntry[]): Promise<void> {
    await within('an audit sink', SINK_TIMEOUT, async () => this.#sink(batch));
  }

  async #flush(): Promise<boolean> {
    if (this.#dropped > 0) {
      this.#entries.push(droppedEntry(this.#dropped, this.#clock()));
      this.#dropped = 0;
    }
    try {
      while (this.#entries.length > 0) {
        const batch = this.#entries.slice(0, BATCH);
        await this.#hand(batch);
        this.#entries = this.#entries.slice(batch.length);
        this.#refusals = this.#entries.filter(
          ({ action }) => action === 'denied' || action === 'limited',
        ).length;
      }
      return true;
    } catch (error) {
      this.#onFailure(error);
      return false;
    }
  }
}

function droppedEntry(count: number, at: number): AuditEntry {
  return {
    id: randomUUID(),
    at,
    action: 'dropped',
    keyId: null,
    ownerId: null,
    actorType: null,
    actorId: null,
    address: null,
    reason: null,
    details: { count },
  };
}
