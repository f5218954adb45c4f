/** `npx latchkey purge`: deletes keys that expired some time ago. */
import { withExamples, withJson, withStore, type AddCommand, type CommonOptions } from '../command-options';
import { withKeys } from '../open-keys';
import { safeJson } from '../safe-text';
import { readDuration } from '../times';

interface PurgeOptions extends CommonOptions {
  readonly olderThan: string;
}

/** Adds `purge`. */
export const addPurge: AddCommand = (program, { io }) => {
  const command = program
    .command('purge')
    .summary('delete keys that expired some time ago')
    .description(
      'Deletes keys that expired some time ago: temporary tokens above all, which pile up otherwise. Keys without\n' +
        'an expiry stay, revoked ones too. Fit for a nightly job.',
    )
    .option('--older-than <duration>', 'how long ago they must have expired', '1d');
  withExamples(
    withJson(withStore(command)),
    'npx latchkey purge',
    'npx latchkey purge --older-than 30d',
  ).action(async (options: PurgeOptions) => {
    const seconds = readDuration('--older-than', options.olderThan);
    await withKeys(io, options, async ({ keys }) => {
      const deleted = await keys.purgeExpired(seconds);
      const noun = deleted === 1 ? 'key' : 'keys';
      await io.out(options.json === true ? safeJson({ deleted }) : `Deleted ${String(deleted)} ${noun}.\n`);
    });
  });
};
