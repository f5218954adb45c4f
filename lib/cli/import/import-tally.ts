/** Keeps the outcomes of an import, and tells how far it is. */
import type { ImportOutcome } from '../../service/import-keys';
import { hideValues, shownField } from './hide-values';

/** What became of the row that begins on `line`. Holds no token and no hash. */
export type LineOutcome =
  | { readonly line: number; readonly outcome: 'imported' | 'exists'; readonly id: string }
  | {
      readonly line: number;
      readonly outcome: 'invalid' | 'failed';
      readonly field: string | null;
      readonly message: string;
    };

/** How many rows came to what. */
export type ImportCounts = Readonly<Record<LineOutcome['outcome'], number>>;

/** What the service says of a row, fit to be shown. */
export function lineOutcome(line: number, outcome: ImportOutcome): LineOutcome {
  if ('id' in outcome) return { line, outcome: outcome.outcome, id: outcome.id };
  const { outcome: kind, field, message } = outcome;
  return { line, outcome: kind, field: shownField(field), message: hideValues(message) };
}

/** The counts in words: `3 imported, 1 exists already, 2 invalid, 0 failed`. */
export function countsInWords(counts: ImportCounts, dryRun: boolean): string {
  const { imported, exists, invalid, failed } = counts;
  const word = dryRun ? 'would be imported' : 'imported';
  return `${String(imported)} ${word}, ${String(exists)} known already, ${String(invalid)} invalid, ${String(failed)} failed`;
}

/** Counts outcomes. */
export class ImportTally {
  readonly #counts = { imported: 0, exists: 0, invalid: 0, failed: 0 };

  /** Counts one row. */
  add({ outcome }: LineOutcome): void {
    this.#counts[outcome] += 1;
  }

  /** The counts so far. */
  get counts(): ImportCounts {
    return { ...this.#counts };
  }

  /** How many rows there were. */
  get rows(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
  }
}

/** How often a line of progress is written, in ms. */
const INTERVAL = 200;

/** Writes one line over and over on a terminal. Elsewhere nothing: a log would only grow. */
export class Progress {
  readonly #write: (text: string) => unknown;
  readonly #clock: () => number;
  readonly #isTty: boolean;
  #next = 0;
  #shown = false;

  constructor(write: (text: string) => unknown, isTty: boolean, clock: () => number) {
    this.#write = write;
    this.#isTty = isTty;
    this.#clock = clock;
  }

  /** Shows `text` in place of what was shown before, when that is some time ago. */
  show(text: string): void {
    const now = this.#clock();
    if (!this.#isTty || now < this.#next) return;
    this.#next = now + INTERVAL;
    this.#write(`\r\x1b[2K${text}`);
    this.#shown = true;
  }

  /** Takes the line away, so that other text can follow. */
  clear(): void {
    if (this.#shown) this.#write('\r\x1b[2K');
    this.#shown = false;
  }
}
