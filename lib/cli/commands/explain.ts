/** `npx latchkey explain`: what a request with a key would come to, and why. */
import { EXIT } from '../cli-error';
import { withExamples, withJson, withStore, type AddCommand, type CommonOptions } from '../command-options';
import { withKeys } from '../open-keys';
import { safeJson, safeText } from '../safe-text';
import { renderTable } from '../table';

interface ExplainOptions extends CommonOptions {
  readonly scope?: string;
  readonly object?: string;
  readonly origin?: string;
  readonly address?: string;
  readonly host?: string;
  readonly carrier?: string;
}

/** Adds `explain`. */
export const addExplain: AddCommand = (program, session) => {
  const { io } = session;
  const command = program
    .command('explain')
    .argument('<id>', 'the id of the key, as list and check show it')
    .summary('say what a request with a key would come to, and why')
    .description(
      'Says what a request with a key would come to: every rule with its outcome, in the order in which they are\n' +
        'asked. What you do not tell of the request satisfies no condition. Limits and checks of your own app are not\n' +
        'part of it. Ends with 0 when the request would be granted, and with 1 when it would be refused.',
    )
    .option('--scope <scope>', 'the scope that the route asks for')
    .option('--object <id>', 'the id of the object that the request is about')
    .option('--origin <origin>', 'the Origin header of the request')
    .option('--address <address>', "the client's address")
    .option('--host <name>', 'the host that was asked')
    .option('--carrier <carrier>', 'how the token travels, as in authorization:Bearer or query:pubtoken');
  withExamples(
    withJson(withStore(command)),
    'npx latchkey explain 4f9Qb2Lr0aXkW7cZ --scope models:write',
    'npx latchkey explain 4f9Qb2Lr0aXkW7cZ --origin https://app.example.com --address 192.0.2.7',
  ).action(async (id: string, options: ExplainOptions) => {
    await withKeys(io, options, async ({ keys }) => {
      const explanation = await keys.explain(id, {
        ...(options.scope === undefined ? {} : { scope: options.scope }),
        ...(options.object === undefined ? {} : { objectId: options.object }),
        ...(options.carrier === undefined ? {} : { carrier: options.carrier }),
        origin: options.origin,
        address: options.address,
        host: options.host,
      });
      const { granted, status, reason, rules, scopes } = explanation;
      if (!granted) session.exitCode = EXIT.failed;
      if (options.json === true) return io.out(safeJson(explanation));
      const table = renderTable(
        ['RULE', 'OUTCOME', 'WHY'],
        rules.map(({ rule, outcome, message }) => [rule, outcome, message]),
      );
      const verdict = granted ? 'Granted' : `Refused with ${String(status)} (${String(reason)})`;
      return io.out(`${table}\n${verdict}. The key may do: ${safeText(scopes.join(' ')) || 'nothing'}\n`);
    });
  });
};
