/** `npx latchkey show`: every field of one key. */
import { withExamples, withJson, withStore, type AddCommand, type CommonOptions } from '../command-options';
import { keyToJson, renderKey } from '../key-view';
import { withKeys } from '../open-keys';
import { safeJson } from '../safe-text';

/** Adds `show`. */
export const addShow: AddCommand = (program, { io }) => {
  const command = program
    .command('show')
    .argument('<id>', 'the id of the key, as list shows it')
    .summary('show one key')
    .description('Shows every field of one key but its hash. The token cannot be shown: it is not stored.');
  withExamples(
    withJson(withStore(command)),
    'npx latchkey show 4f9Qb2Lr0aXkW7cZ',
    'npx latchkey show 4f9Qb2Lr0aXkW7cZ --json',
  ).action(async (id: string, options: CommonOptions) => {
    await withKeys(io, options, async ({ keys }) => {
      const key = await keys.get(id);
      const now = io.clock();
      await io.out(options.json === true ? safeJson(keyToJson(key, now)) : renderKey(key, now));
    });
  });
};
