/** `npx latchkey list`: keys in a table. */
import { Option } from 'commander';
import { KEY_KINDS, type KeyKind } from '../../keys/kinds';
import type { KeyInfo } from '../../service/key-info';
import type { KeyPage, ListKeysInput } from '../../service/list-keys';
import type { ApiKeys } from '../../api-keys';
import { usageError } from '../cli-error';
import { withExamples, withJson, withStore, type AddCommand, type CommonOptions } from '../command-options';
import { keyToJson, renderKeys } from '../key-view';
import { withKeys } from '../open-keys';
import { safeJson, safeText } from '../safe-text';

interface ListOptions extends CommonOptions {
  readonly owner?: string;
  readonly user?: string;
  readonly kind?: KeyKind;
  readonly state?: 'live' | 'revoked' | 'expired';
  readonly name?: string;
  readonly parent?: string;
  readonly limit: string;
  readonly cursor?: string;
  readonly all?: boolean;
}

/** Keys a page when all of them are read. */
const LARGEST_PAGE = 200;

function queryOf(options: ListOptions): ListKeysInput {
  if (!/^\d{1,6}$/.test(options.limit)) throw usageError('--limit must be a whole number from 1 to 200.');
  return {
    limit: options.all === true ? LARGEST_PAGE : Number(options.limit),
    ...(options.owner === undefined ? {} : { ownerId: options.owner }),
    ...(options.user === undefined ? {} : { userId: options.user }),
    ...(options.kind === undefined ? {} : { kinds: [options.kind] }),
    ...(options.state === undefined ? {} : { state: options.state }),
    ...(options.name === undefined ? {} : { nameContains: options.name }),
    ...(options.parent === undefined ? {} : { parentId: options.parent }),
    ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
  };
}

async function readPages(keys: ApiKeys, query: ListKeysInput, all: boolean): Promise<KeyPage> {
  const found: KeyInfo[] = [];
  for (let next = query; ;) {
    const page = await keys.list(next);
    found.push(...page.keys);
    if (!all || page.nextCursor === null) return { keys: found, nextCursor: page.nextCursor };
    next = { ...query, cursor: page.nextCursor };
  }
}

/** Adds `list`. */
export const addList: AddCommand = (program, { io }) => {
  const command = program
    .command('list')
    .summary('list keys, newest first')
    .description('Lists keys, newest first. Every condition given must hold. Times are in UTC.')
    .option('--owner <id>', 'of one owner')
    .option('--user <id>', 'that act as one user')
    .addOption(new Option('--kind <kind>', 'of one kind').choices([...KEY_KINDS]))
    .addOption(
      new Option('--state <state>', 'live: neither revoked nor expired').choices([
        'live',
        'revoked',
        'expired',
      ]),
    )
    .option('--name <part>', 'whose name holds this text, in any case')
    .option('--parent <id>', 'temporary tokens that were minted from one key')
    .option('--limit <count>', 'at most so many, up to 200', '50')
    .option('--cursor <cursor>', 'go on behind an earlier list')
    .option('--all', 'all of them, whatever the limit');
  withExamples(
    withJson(withStore(command)),
    'npx latchkey list',
    'npx latchkey list --owner acme --state live --kind secret',
    "npx latchkey list --all --json | jq -r '.keys[].id'",
  ).action(async (options: ListOptions) => {
    const query = queryOf(options);
    await withKeys(io, options, async ({ keys }) => {
      const page = await readPages(keys, query, options.all === true);
      const now = io.clock();
      if (options.json === true) {
        await io.out(
          safeJson({ keys: page.keys.map((key) => keyToJson(key, now)), nextCursor: page.nextCursor }),
        );
        return;
      }
      if (page.keys.length === 0) await io.err('No keys.\n');
      else await io.out(renderKeys(page.keys, now));
      if (page.nextCursor !== null) {
        await io.err(`There are more: --cursor ${safeText(page.nextCursor)}, or --all.\n`);
      }
    });
  });
};
