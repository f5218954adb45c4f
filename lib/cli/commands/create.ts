/** `npx latchkey create`: makes a key and prints its token, once. */
import { Option } from 'commander';
import type { CreateKeyInput } from '../../service/create-key';
import { usageError } from '../cli-error';
import { withExamples, withJson, withStore, type AddCommand, type CommonOptions } from '../command-options';
import { CLI_ACTOR } from '../cli-actor';
import { withKeys } from '../open-keys';
import { showToken } from '../show-token';
import { quotaOf, rateOf, readMoment } from '../times';

interface CreateOptions extends CommonOptions {
  readonly name: string;
  readonly kind: CreateKeyInput['kind'];
  readonly owner?: string;
  readonly user?: string;
  readonly description?: string;
  readonly scope?: readonly string[];
  readonly level?: string;
  readonly origin?: readonly string[];
  readonly address?: readonly string[];
  readonly host?: readonly string[];
  readonly expires?: string;
  readonly rateLimit?: string;
  readonly quota?: string;
  readonly metadata?: string;
}

function read<T>(
  text: string | undefined,
  parse: (text: string) => T | null,
  message: string,
): T | undefined {
  if (text === undefined) return undefined;
  const value = parse(text);
  if (value === null) throw usageError(message);
  return value;
}

function jsonOf(text: string): CreateKeyInput['metadata'] | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && !Array.isArray(value) ? (value as CreateKeyInput['metadata']) : null;
  } catch {
    return null;
  }
}

function inputOf(options: CreateOptions, now: number): CreateKeyInput {
  const { rateLimit, quota, metadata, expires } = options;
  const fields = {
    kind: options.kind,
    name: options.name,
    ownerId: options.owner,
    userId: options.user,
    description: options.description,
    scopes: options.scope,
    level: options.level,
    origins: options.origin,
    addresses: options.address,
    hosts: options.host,
    expiresAt: expires === undefined ? undefined : readMoment('--expires', expires, now),
    rateLimit: read(
      rateLimit,
      rateOf,
      '--rate-limit must read <requests>/<window>, as in 1000/hour or 100/30s.',
    ),
    quota: read(quota, quotaOf, '--quota must read <requests>/day or <requests>/month.'),
    metadata: read(metadata, jsonOf, '--metadata must be a JSON object, as in \'{"team":"maps"}\'.'),
  };
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as unknown as CreateKeyInput;
}

/** Adds `create`. */
export const addCreate: AddCommand = (program, { io }) => {
  const command = program
    .command('create')
    .summary('make a key and print its token, once')
    .description(
      'Makes a key. Its token goes to standard output, once, and nothing else does; the key itself is shown on\n' +
        'standard error. The store keeps a hash of the token alone: a token that is lost cannot be shown again.\n' +
        'A secret key may do everything unless --scope or --level says less.',
    )
    .requiredOption('--name <text>', 'what people call the key')
    .addOption(
      new Option('--kind <kind>', 'what kind of key')
        .choices(['secret', 'publishable', 'scoped'])
        .default('secret'),
    )
    .option('--owner <id>', 'the organization or tenant that it belongs to (default: default)')
    .option('--user <id>', 'the user that it acts as')
    .option('--description <text>', 'free text')
    .option('--scope <scopes...>', 'what it may do, as in models:read')
    .option('--level <name>', 'a level of the catalogue that caps its scopes')
    .option('--origin <origins...>', 'publishable keys: the web origins that may use it')
    .option('--address <ranges...>', 'the addresses or CIDR ranges that may use it')
    .option('--host <names...>', 'the host names that it belongs to')
    .option('--expires <when>', 'a date, a time in UTC, or a duration such as 90d (default: never)')
    .option('--rate-limit <rate>', 'requests in a window, as in 1000/hour or 100/30s')
    .option('--quota <quota>', 'requests a day or a month (UTC), as in 10000/day')
    .option('--metadata <json>', 'your own data, a JSON object');
  withExamples(
    withJson(withStore(command)),
    '# The first key of all, with every right, into a variable:\nADMIN_KEY=$(npx latchkey create --name "first admin")',
    'npx latchkey create --kind scoped --name "CI" --owner acme --scope models:read models:write --expires 90d',
    'npx latchkey create --kind publishable --name "Viewer" --scope floor:readPublic --origin https://app.example.com',
  ).action(async (options: CreateOptions) => {
    const input = inputOf(options, io.clock());
    await withKeys(io, options, async ({ keys, config }) => {
      if (input.kind === 'publishable' && config.scopes === undefined) {
        throw usageError(
          'A publishable key needs the catalogue, which says what such keys may do: give --config with a module ' +
            'that exports scopes from defineScopes().',
        );
      }
      await showToken(io, await keys.create(input, CLI_ACTOR), options.json === true);
    });
  });
};
