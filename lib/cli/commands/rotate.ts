/** `npx latchkey rotate`: a new token with the same rights. */
import { CLI_ACTOR } from '../cli-actor';
import { withExamples, withJson, withStore, type AddCommand, type CommonOptions } from '../command-options';
import { withKeys } from '../open-keys';
import { showToken } from '../show-token';
import { readable, readDuration } from '../times';

interface RotateOptions extends CommonOptions {
  readonly overlap: string;
}

/** Adds `rotate`. */
export const addRotate: AddCommand = (program, { io }) => {
  const command = program
    .command('rotate')
    .argument('<id>', 'the id of the key')
    .summary('replace a key by one with a new token and the same rights')
    .description(
      'Makes a key with a new id, a new token and the same rights and expiry. The old key lives on for the\n' +
        'overlap, never past its own expiry. The new token goes to standard output, once, and nothing else does.',
    )
    .option('--overlap <duration>', 'how long the old key lives on, up to 365d; 0s ends it at once', '1d');
  withExamples(
    withJson(withStore(command)),
    'NEW_KEY=$(npx latchkey rotate 4f9Qb2Lr0aXkW7cZ)',
    'npx latchkey rotate 4f9Qb2Lr0aXkW7cZ --overlap 7d',
    '# The old token is known to others: end it now.\nnpx latchkey rotate 4f9Qb2Lr0aXkW7cZ --overlap 0s',
  ).action(async (id: string, options: RotateOptions) => {
    const overlapSeconds = readDuration('--overlap', options.overlap);
    await withKeys(io, options, async ({ keys }) => {
      const rotated = await keys.rotate(id, { overlapSeconds, by: CLI_ACTOR });
      await showToken(io, rotated, options.json === true);
      if (options.json !== true) {
        await io.err(
          `The old key, ${rotated.previous.id}, ends at ${readable(rotated.previous.expiresAt)} UTC.\n`,
        );
      }
    });
  });
};
