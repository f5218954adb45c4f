/** `npx latchkey check`: looks at a token offline. */
import { usageError, EXIT } from '../cli-error';
import { withConfig, withExamples, withJson, type AddCommand, type CommonOptions } from '../command-options';
import { describeToken } from '../describe-token';
import { loadConfig } from '../load-config';
import { readLine } from '../read-line';
import { safeJson } from '../safe-text';
import { renderFields } from '../table';
import { tokenFormatOf } from '../token-format-of';

/** Adds `check`. */
export const addCheck: AddCommand = (program, session) => {
  const { io } = session;
  const command = program
    .command('check')
    .argument(
      '[token]',
      'the token (default: the first line of standard input, which no other process can see)',
    )
    .summary('look at a token offline: kind, id, checksum')
    .description(
      'Looks at a token without asking a store: is it whole, which kind is it of, which id does it carry? It says\n' +
        'nothing about whether the key exists or may do anything: show and explain do, with the id. The token is\n' +
        'never printed.',
    );
  withExamples(
    withJson(withConfig(command)),
    'echo "$API_KEY" | npx latchkey check',
    'npx latchkey check < token.txt',
    'npx latchkey check --config latchkey.config.js --json < token.txt',
  ).action(async (token: string | undefined, options: CommonOptions) => {
    const format = tokenFormatOf(await loadConfig(options.config, io.cwd));
    if (token === undefined && io.stdinIsTty) await io.err('Paste the token and press Enter:\n');
    const text = token?.trim() ?? (await readLine(io.stdin));
    if (text === '')
      throw usageError('There is no token: give it on standard input, as in: npx latchkey check < token.txt');
    const described = describeToken(text, format);
    if (!described.wellFormed) session.exitCode = EXIT.failed;
    if (options.json === true) return io.out(safeJson(described));
    if (!described.wellFormed) {
      return io.err(`latchkey: This is no whole token of this API. ${described.problem}\n`);
    }
    return io.out(
      renderFields([
        ['kind', described.kind],
        ['id', described.id],
        ['checksum', 'matches'],
      ]),
    );
  });
};
