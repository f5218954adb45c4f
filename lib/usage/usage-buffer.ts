/** Counts since the last flush, in memory. */
import { DAY, dayOf, type UsageRow } from './usage-row';

/** What a request can count as. */
export type Count = 'requests' | 'denied' | 'limited';

type MutableRow = { -readonly [Name in keyof UsageRow]: UsageRow[Name] };

/** Collects counts; {@link UsageBuffer.take} hands them over and starts again. */
export class UsageBuffer {
  #rows = new Map<string, MutableRow>();
  #lastUsed = new Map<string, number>();
  /** The rows of totals of the day that is counted now, by key: the hot path is one look-up. */
  #today = new Map<string, MutableRow>();
  #dayNumber = Number.NaN;
  #day = '';

  /** Counts one. `at` in ms since the epoch. */
  count(keyId: string, what: Count, at: number): void {
    this.#turn(at);
    let row = this.#today.get(keyId);
    if (row === undefined) {
      row = this.#row(keyId, '');
      this.#today.set(keyId, row);
    }
    row[what] += 1;
    if (what === 'requests') this.#lastUsed.set(keyId, at);
  }

  /** Counts a request for a route or a scope. */
  countDimension(keyId: string, dimension: string, at: number): void {
    this.#turn(at);
    this.#row(keyId, dimension).requests += 1;
  }

  /** Everything since the last time; the buffer is empty afterwards. */
  take(): { readonly rows: UsageRow[]; readonly lastUsed: { id: string; lastUsedAt: number }[] } {
    const taken = {
      rows: [...this.#rows.values()],
      lastUsed: Array.from(this.#lastUsed, ([id, lastUsedAt]) => ({ id, lastUsedAt })),
    };
    this.#rows = new Map();
    this.#today = new Map();
    this.#lastUsed = new Map();
    return taken;
  }

  #turn(at: number): void {
    const dayNumber = Math.floor(at / DAY);
    if (dayNumber === this.#dayNumber) return;
    this.#dayNumber = dayNumber;
    this.#day = dayOf(at);
    this.#today = new Map();
  }

  #row(keyId: string, dimension: string): MutableRow {
    const name = `${this.#day} ${keyId} ${dimension}`;
    let row = this.#rows.get(name);
    if (row === undefined) {
      row = { keyId, day: this.#day, dimension, requests: 0, denied: 0, limited: 0 };
      this.#rows.set(name, row);
    }
    return row;
  }
}
