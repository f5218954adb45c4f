/** `npx latchkey usage`: what keys did, by day. */
import type { UsageRow } from '../../stores/usage-store';
import { dailyUsage, readRange, usageToCsv, type DayRange } from '../../usage/usage-report';
import { CliError } from '../cli-error';
import { withExamples, withJson, withStore, type AddCommand, type CommonOptions } from '../command-options';
import { withKeys } from '../open-keys';
import { safeJson } from '../safe-text';
import { renderTable } from '../table';

interface UsageOptions extends CommonOptions, DayRange {
  readonly csv?: boolean;
}

type Counts = Pick<UsageRow, 'requests' | 'denied' | 'limited'>;

const COUNTS = ['REQUESTS', 'DENIED', 'LIMITED'];

function countsOf({ requests, denied, limited }: Counts): string[] {
  return [requests, denied, limited].map(String);
}

/** One row a key, the busiest first. */
function byKey(rows: readonly UsageRow[]): (Counts & { readonly keyId: string })[] {
  const sums = new Map<string, { keyId: string; requests: number; denied: number; limited: number }>();
  for (const row of rows) {
    const sum = sums.get(row.keyId) ?? { keyId: row.keyId, requests: 0, denied: 0, limited: 0 };
    sum.requests += row.requests;
    sum.denied += row.denied;
    sum.limited += row.limited;
    sums.set(row.keyId, sum);
  }
  return [...sums.values()].sort((a, b) => b.requests - a.requests);
}

/** Adds `usage`. */
export const addUsage: AddCommand = (program, { io }) => {
  const command = program
    .command('usage')
    .argument('[id]', 'the id of a key (default: every key that was used)')
    .summary('show what keys did, by day')
    .description(
      'Shows the requests of a key for each day (UTC) of a range, or of every key over the range. It reads what\n' +
        'the app counted with trackUsage() into the same SQL store. Denied: the token was right, and the request\n' +
        'was refused. Limited: refused by a limit.',
    )
    .option('--from <day>', 'the first day, as in 2027-01-31 (default: 29 days before the last)')
    .option('--to <day>', 'the last day (default: today)')
    .option('--csv', 'print a row for each key and day as CSV');
  withExamples(
    withJson(withStore(command)),
    'npx latchkey usage 4f9Qb2Lr0aXkW7cZ',
    'npx latchkey usage --from 2027-01-01 --to 2027-01-31',
    'npx latchkey usage --from 2027-01-01 --to 2027-01-31 --csv > january.csv',
  ).action(async (id: string | undefined, options: UsageOptions) => {
    await withKeys(io, options, async ({ keys, usage }) => {
      if (usage === null) throw new CliError('This store keeps no usage: the SQL stores do.');
      const given: DayRange = {
        ...(options.from === undefined ? {} : { from: options.from }),
        ...(options.to === undefined ? {} : { to: options.to }),
      };
      const range = readRange(given, io.clock());
      if (id !== undefined) await keys.get(id);
      if (id !== undefined && options.csv !== true) {
        const days = await dailyUsage(usage, id, range, io.clock());
        if (options.json === true) return io.out(safeJson(days));
        return io.out(
          renderTable(
            ['DAY (UTC)', ...COUNTS],
            days.map((day) => [day.day, ...countsOf(day)]),
          ),
        );
      }
      const rows = await usage.read({ ...range, ...(id === undefined ? {} : { keyIds: [id] }) });
      if (options.csv === true) return io.out(usageToCsv(rows));
      if (options.json === true) return io.out(safeJson(rows));
      if (rows.length === 0) return io.err(`No requests from ${range.from} to ${range.to}.\n`);
      return io.out(
        renderTable(
          ['ID', ...COUNTS],
          byKey(rows).map((sum) => [sum.keyId, ...countsOf(sum)]),
        ),
      );
    });
  });
};
