/** `npx latchkey import`: takes over the keys of an earlier system. */
import { closeSync, createReadStream, existsSync, openSync, statSync, writeSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { Option } from 'commander';
import type { ApiKeys } from '../../api-keys';
import type { ImportRow } from '../../service/import-keys';
import { CLI_ACTOR } from '../cli-actor';
import { CliError, EXIT, usageError } from '../cli-error';
import { withExamples, withJson, withStore, type AddCommand, type CommonOptions } from '../command-options';
import { reasonOf } from '../describe-error';
import { countsInWords, ImportTally, lineOutcome, Progress, type LineOutcome } from '../import/import-tally';
import { readRows, type ImportFormat } from '../import/read-rows';
import type { Io } from '../io';
import { withKeys } from '../open-keys';
import { safeJson, safeText } from '../safe-text';

interface ImportOptions extends CommonOptions {
  readonly format?: ImportFormat;
  readonly dryRun?: boolean;
  readonly report?: string;
}

const STDIN = '-';

function openInput(file: string, io: Io): Readable {
  if (file === STDIN) return io.stdin;
  const path = resolve(io.cwd, file);
  if (!existsSync(path)) throw new CliError(`There is no file ${path}.`);
  if (!statSync(path).isFile()) throw new CliError(`${path} is no file.`);
  return createReadStream(path);
}

/** A file of JSON lines, or `null` for none. */
function openReport(options: ImportOptions, input: string, io: Io): number | null {
  if (options.report === undefined) return null;
  const path = resolve(io.cwd, options.report);
  if (input !== STDIN && path === resolve(io.cwd, input)) {
    throw usageError('--report names the file that is imported, which it would overwrite: choose another.');
  }
  try {
    return openSync(path, 'w');
  } catch (error) {
    throw new CliError(`The report cannot be written: ${reasonOf(error)}.`);
  }
}

function formatOf(options: ImportOptions, file: string): ImportFormat {
  return options.format ?? (extname(file).toLowerCase() === '.csv' ? 'csv' : 'jsonl');
}

interface Run {
  readonly io: Io;
  readonly keys: ApiKeys;
  readonly input: Readable;
  readonly format: ImportFormat;
  readonly dryRun: boolean;
  readonly onOutcome: (outcome: LineOutcome) => void;
}

/** Imports until the rows end or Ctrl-C is pressed; answers whether it was. The row under way is finished. */
async function importRows({ io, keys, input, format, dryRun, onOutcome }: Run): Promise<boolean> {
  let interrupted = false;
  const stopListening = io.onInterrupt(() => {
    interrupted = true;
    input.destroy();
  });
  const lines: number[] = [];
  async function* rows(): AsyncGenerator<ImportRow, void, void> {
    try {
      for await (const { line, ...read } of readRows(input, format)) {
        if (interrupted) return;
        if ('row' in read) {
          lines.push(line);
          yield read.row;
        } else {
          onOutcome({ line, outcome: 'invalid', ...read });
        }
      }
    } catch (error) {
      // Input that was cut off by Ctrl-C ends with an error, which says nothing new.
      if (!interrupted) throw error;
    }
  }
  try {
    await keys.import(rows(), {
      dryRun,
      by: CLI_ACTOR,
      onRow: (outcome) => {
        onOutcome(lineOutcome(lines[outcome.row] ?? 0, outcome));
      },
    });
    return interrupted;
  } finally {
    stopListening();
  }
}

/** Adds `import`. */
export const addImport: AddCommand = (program, session) => {
  const { io } = session;
  const command = program
    .command('import')
    .argument('<file>', 'JSON lines, or CSV when it ends in .csv; - for standard input')
    .summary('take over the keys of an earlier system')
    .description(
      'Takes over keys of an earlier system, one a row, so that nobody needs a new token. A row has the kind, name\n' +
        'and scopes of the key, and its token, or the hash that was kept of it. A bad row stops no other one; a row\n' +
        'that was imported before is left as it is, so the same file can be imported again. Ctrl-C finishes the row\n' +
        'under way. The app accepts these tokens once createApiKeys has the option imported: true.\n\n' +
        'Fields: kind, name, scopes; token or hash (algorithm, digest, covers, key), id; ownerId, userId,\n' +
        'description, level, origins, addresses, hosts, rateLimit, quota, metadata, expiresAt, createdAt.\n' +
        'In CSV, lists are separated by spaces, and a hash has the columns hash.algorithm, hash.digest, hash.covers.',
    )
    .addOption(new Option('--format <format>', 'how the rows are written').choices(['jsonl', 'csv']))
    .option('--dry-run', 'check every row and store none')
    .option('--report <file>', 'write the outcome of every row to a file, as JSON lines');
  withExamples(
    withJson(withStore(command)),
    'npx latchkey import keys.jsonl --dry-run',
    'npx latchkey import keys.csv --report outcome.jsonl',
    'zcat keys.jsonl.gz | npx latchkey import -',
    '# A row of keys.jsonl:\n# {"kind":"secret","name":"CI","scopes":["*"],"token":"…"}',
  ).action(async (file: string, options: ImportOptions) => {
    const input = openInput(file, io);
    const dryRun = options.dryRun === true;
    const json = options.json === true;
    const tally = new ImportTally();
    const progress = new Progress((text) => void io.err(text), io.errIsTty, io.clock);
    const all: LineOutcome[] = [];
    const report = openReport(options, file, io);

    function onOutcome(outcome: LineOutcome): void {
      tally.add(outcome);
      if (report !== null) writeSync(report, `${JSON.stringify(outcome)}\n`);
      if (json) all.push(outcome);
      else if ('message' in outcome) {
        progress.clear();
        const text = `line ${String(outcome.line)}: ${outcome.outcome}: ${safeText(outcome.message)}\n`;
        // Nobody reading the problems is no reason to stop half-way.
        io.out(text).catch(() => undefined);
      }
      progress.show(`${String(tally.rows)} rows: ${countsInWords(tally.counts, dryRun)}`);
    }

    try {
      await withKeys(io, options, async ({ keys, config }) => {
        const run = { io, keys, input, format: formatOf(options, file), dryRun, onOutcome };
        const interrupted = await importRows(run).finally(() => {
          progress.clear();
        });
        const { counts } = tally;
        if (counts.invalid > 0 || counts.failed > 0) session.exitCode = EXIT.failed;
        if (interrupted) session.exitCode = EXIT.interrupted;
        if (interrupted) await io.err('latchkey: Stopped by Ctrl-C. Import the same file again to go on.\n');
        if (json) return io.out(safeJson({ ...counts, dryRun, interrupted, rows: all }));
        await io.out(`${String(tally.rows)} rows: ${countsInWords(counts, dryRun)}.\n`);
        if (counts.imported > 0 && !dryRun && config.imported !== true) {
          await io.err('The app accepts these tokens once createApiKeys has the option imported: true.\n');
        }
      });
    } finally {
      if (report !== null) closeSync(report);
    }
  });
};
