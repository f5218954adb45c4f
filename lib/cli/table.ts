/** Aligned tables for people. */
import { safeText } from './safe-text';

/** Characters that take two columns: East Asian wide and fullwidth forms, and pictographs. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const MARK = /^\p{Mark}/u;
const GAP = '  ';

/** The columns that a terminal gives to a text. */
function width(text: string): number {
  let columns = 0;
  for (const character of text) columns += MARK.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return columns;
}

/** `text` in at most `columns` columns; what does not fit is replaced by `…`. */
export function cut(text: string, columns: number): string {
  const safe = safeText(text);
  if (width(safe) <= columns) return safe;
  let kept = '';
  for (const character of safe) {
    if (width(kept + character) > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/**
 * Rows below a line of headings, each column as wide as its widest cell. Nothing is wrapped or coloured; what a
 * terminal would obey is escaped.
 */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [headings, ...rows].map((row) => row.map(safeText));
  const widths = headings.map((_, at) => Math.max(...cells.map((row) => width(row[at] ?? ''))));
  return cells.map((row) => `${line(row, widths)}\n`).join('');
}

/** Names with their values, one a line. */
export function renderFields(fields: readonly (readonly [name: string, value: string])[]): string {
  const widest = Math.max(...fields.map(([name]) => width(name)));
  return fields.map(([name, value]) => `${line([name, safeText(value)], [widest, 0])}\n`).join('');
}

function line(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, at) => cell + ' '.repeat(Math.max(0, (widths[at] ?? 0) - width(cell))))
    .join(GAP)
    .trimEnd();
}
