/** `npx latchkey revoke`: takes keys back for good. */
import { CLI_ACTOR } from '../cli-actor';
import { withExamples, withJson, withStore, type AddCommand, type CommonOptions } from '../command-options';
import { describeError } from '../describe-error';
import { keyToJson } from '../key-view';
import { withKeys } from '../open-keys';
import { safeJson, safeText } from '../safe-text';
import { readable } from '../times';

/** Adds `revoke`. */
export const addRevoke: AddCommand = (program, session) => {
  const { io } = session;
  const command = program
    .command('revoke')
    .argument('<ids...>', 'the ids of the keys')
    .summary('take keys back for good')
    .description(
      'Takes keys back for good, with the temporary tokens that were minted from them. A revoked key cannot be\n' +
        'brought back. Running apps see it within a second when the configuration names the same change bus, else\n' +
        'when their cache has run out (cache.ttl, 5 s by default). One unknown id does not stop the others.',
    );
  withExamples(
    withJson(withStore(command)),
    'npx latchkey revoke 4f9Qb2Lr0aXkW7cZ',
    "# Everything that a tenant has:\nnpx latchkey list --owner acme --state live --all --json | jq -r '.keys[].id' | xargs npx latchkey revoke",
  ).action(async (ids: readonly string[], options: CommonOptions) => {
    await withKeys(io, options, async ({ keys }) => {
      const revoked: unknown[] = [];
      for (const id of ids) {
        try {
          const key = await keys.revoke(id, { by: CLI_ACTOR });
          revoked.push(keyToJson(key, io.clock()));
          if (options.json !== true) {
            await io.out(
              `Revoked ${safeText(key.id)} (${safeText(key.name)}) at ${readable(key.revokedAt)} UTC.\n`,
            );
          }
        } catch (error) {
          const { message, exitCode } = describeError(error);
          session.exitCode = exitCode;
          await io.err(`latchkey: ${safeText(id)}: ${safeText(message)}\n`);
        }
      }
      if (options.json === true) await io.out(safeJson({ revoked }));
    });
  });
};
