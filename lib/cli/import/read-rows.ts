/** Reads the rows of an import file. */
import type { Readable } from 'node:stream';
import { CliError } from '../cli-error';
import { problemOfHeader, rowOfCells, rowOfJson, type ReadRow } from './import-row';
import { readCsv } from './read-csv';

/** How the rows are written. */
export type ImportFormat = 'jsonl' | 'csv';

/** A row with the line on which it begins, from 1. */
export type NumberedRow = ReadRow & { readonly line: number };

async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string, void, void> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest;
}

async function* readJsonLines(input: Readable): AsyncGenerator<NumberedRow, void, void> {
  let line = 0;
  for await (const text of linesOf(input)) {
    line += 1;
    const json = line === 1 ? text.replace(/^\ufeff/, '') : text;
    if (json.trim() !== '') yield { ...rowOfJson(json), line };
  }
}

async function* readCsvRows(input: Readable): AsyncGenerator<NumberedRow, void, void> {
  let names: readonly string[] | null = null;
  for await (const { line, cells } of readCsv(input)) {
    if (names === null) {
      names = cells?.map((name) => name.trim()) ?? [];
      const problem = cells === null ? 'The first line of the file cannot be read.' : problemOfHeader(names);
      if (problem !== null) throw new CliError(problem);
    } else if (cells === null) {
      yield { line, field: null, message: 'A quote is not closed, or is followed by other text' };
    } else {
      yield { ...rowOfCells(names, cells), line };
    }
  }
}

/**
 * The rows of a file, as they arrive. What cannot be read is told in its place, and the next row follows.
 *
 * @throws CliError when the first line of a CSV file does not name its columns
 */
export function readRows(input: Readable, format: ImportFormat): AsyncGenerator<NumberedRow, void, void> {
  input.setEncoding('utf8');
  return format === 'csv' ? readCsvRows(input) : readJsonLines(input);
}
