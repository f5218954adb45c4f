/** Counts since the last flush, in memory. */
import { DIMENSION_LENGTH, type UsageRow } from '../stores/usage-store';
import { DAY, dayOf } from './days';

/** What a request can count as. */
export type Count = 'requests' | 'denied' | 'limited';

type MutableRow = { -readonly [Name in keyof UsageRow]: UsageRow[Name] };

/** How many routes or scopes are told apart between two flushes; the rest is counted together. */
const MAX_DIMENSIONS = 10_000;

/** Where routes are counted that do not fit any more. */
const OTHER = 'other';

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
    const full = this.#rows.size >= MAX_DIMENSIONS + this.#today.size;
    this.#row(keyId, full ? OTHER : dimension.slice(0, DIMENSION_LENGTH)).requests += 1;
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
