/** Makes rows for the service from a line of JSON or the cells of a CSV record. */
import type { ImportRow } from '../../service/import-keys';
import { momentOf, quotaOf, rateOf } from '../times';

/** A row, or what is wrong with it: the service never sees it then. */
export type ReadRow =
  { readonly row: ImportRow } | { readonly field: string | null; readonly message: string };

type ReadCell = (cell: string) => unknown;

const text: ReadCell = (cell) => cell;
const list: ReadCell = (cell) => cell.trim().split(/\s+/);
const time: ReadCell = (cell) => (/^\d+$/.test(cell) ? Number(cell) : (momentOf(cell) ?? undefined));
const json: ReadCell = (cell) => {
  try {
    return JSON.parse(cell) as unknown;
  } catch {
    return undefined;
  }
};

/** How each column reads its cells; `undefined` says that it cannot. */
const COLUMNS: Readonly<Record<string, ReadCell>> = {
  kind: text,
  name: text,
  ownerId: text,
  id: text,
  token: text,
  'hash.algorithm': text,
  'hash.digest': text,
  'hash.covers': text,
  'hash.key': text,
  description: text,
  userId: text,
  scopes: list,
  level: text,
  origins: list,
  addresses: list,
  hosts: list,
  rateLimit: (cell) => rateOf(cell) ?? undefined,
  quota: (cell) => quotaOf(cell) ?? undefined,
  metadata: json,
  expiresAt: time,
  createdAt: time,
};

const HOW: Readonly<Record<string, string>> = {
  rateLimit: 'must read <requests>/<window>, as in 1000/hour',
  quota: 'must read <requests>/day or <requests>/month',
  metadata: 'must be JSON',
  expiresAt: 'must be a date, a time with its zone (2027-01-31T12:00:00Z), or ms since 1970',
  createdAt: 'must be a date, a time with its zone (2027-01-31T12:00:00Z), or ms since 1970',
};

/**
 * What is wrong with the first line of a CSV file, or `null`. It never repeats a cell: where the line of names
 * is missing, the cells are those of a key.
 */
export function problemOfHeader(names: readonly string[]): string | null {
  const unknown = names.findIndex((name) => !Object.hasOwn(COLUMNS, name));
  const known = Object.keys(COLUMNS).join(', ');
  if (unknown !== -1) {
    return `Column ${String(unknown + 1)} of the first line is no name of a column. Known: ${known}.`;
  }
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  return twice === undefined ? null : `The column ${twice} is there twice.`;
}

/** The row of a CSV record. An empty cell leaves its field out. */
export function rowOfCells(names: readonly string[], cells: readonly string[]): ReadRow {
  if (cells.length !== names.length) {
    const counts = `${String(cells.length)} cells where the first line has ${String(names.length)}`;
    return { field: null, message: `The line has ${counts}` };
  }
  const row: Record<string, unknown> = {};
  for (const [at, name] of names.entries()) {
    const cell = cells[at] ?? '';
    if (cell === '') continue;
    const value = COLUMNS[name]?.(cell);
    if (value === undefined) return { field: name, message: `${name} ${HOW[name] ?? 'cannot be read'}` };
    const [field = '', member] = name.split('.');
    if (member === undefined) row[field] = value;
    else row[field] = { ...(row[field] as object | undefined), [member]: value };
  }
  return { row: row as unknown as ImportRow };
}

/** The row of a line of JSON; times may be ISO 8601. */
export function rowOfJson(line: string): ReadRow {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // The parser's own message quotes the line, and so perhaps a token.
    return { field: null, message: 'The line is not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { field: null, message: 'The line is no JSON object' };
  }
  const row = { ...value } as Record<string, unknown>;
  for (const field of ['expiresAt', 'createdAt']) {
    const given = row[field];
    if (typeof given !== 'string') continue;
    const at = momentOf(given);
    if (at === null) return { field, message: `${field} ${HOW[field] ?? ''}` };
    row[field] = at;
  }
  return { row: row as unknown as ImportRow };
}
