/** `npx latchkey init`: makes the tables, or brings them up to date. */
import { withExamples, withJson, withStore, type AddCommand, type CommonOptions } from '../command-options';
import { withKeys } from '../open-keys';
import { safeJson } from '../safe-text';

/** Adds `init`. */
export const addInit: AddCommand = (program, { io }) => {
  const command = program
    .command('init')
    .summary('make the tables, or bring them up to date')
    .description(
      'Makes the tables for keys in the store, or brings them up to the version of this package.\n' +
        'Safe to run again, and while an app serves from the same store.',
    );
  withExamples(
    withJson(withStore(command)),
    'npx latchkey init --store sqlite:./keys.db',
    'LATCHKEY_STORE=postgres://app:secret@localhost/app npx latchkey init',
  ).action(async (options: CommonOptions) => {
    const migrated = await withKeys(io, options, async ({ migrate }) => (await migrate?.()) ?? null, {
      create: true,
    });
    const applied = migrated?.applied ?? [];
    if (options.json === true) return io.out(safeJson({ applied }));
    if (migrated === null) return io.out('This store needs no tables: it is ready.\n');
    return io.out(applied.length === 0 ? 'The store is up to date.\n' : `Applied ${applied.join(', ')}.\n`);
  });
};
