/** Takes over the keys of an earlier system, so that nobody has to be given a new token. */
import { ApiKeyError, InvalidValueError, shown } from '../errors';
import { BASE62 } from '../keys/base62';
import type { ForeignHash } from '../keys/hashing/hasher';
import { splitToken } from '../keys/hashing/imported';
import { sha256Hex } from '../keys/hashing/sha256';
import { isKeyKind } from '../keys/kinds';
import type { KeyRecord } from '../keys/key-record';
import { SYSTEM, type ServiceContext } from './context';
import { DEFAULT_OWNER, newRecord } from './create-key';
import type { Actor } from './events';
import { canBeKeyId, readOptions } from './find-key';
import { readCount, readObject, refuse } from './field-readers';
import { isImportable } from './imported-tokens';
import { readFields, readId, refuseUnknown, type KeyFields } from './key-fields';
import { lookupName } from './key-cache';
import { keyInfo } from './key-info';

/** One key of an earlier system. It needs a `token` or a `hash`. */
export interface ImportRow extends KeyFields {
  readonly kind: 'secret' | 'publishable' | 'scoped';
  readonly name: string;
  readonly ownerId?: string;
  /**
   * Needed with a hash: for tokens of the form `<id>.<secret>`, the id that they carry. 1 to 128 visible ASCII
   * characters.
   */
  readonly id?: string;
  /** The token in plain text: 16 to 512 visible ASCII characters. Stored as a hash. */
  readonly token?: string;
  /** The hash that the earlier system stored. The token is re-hashed to today's policy when it is first used. */
  readonly hash?: ForeignHash;
  /** When the key was created, in ms since the epoch. Default: now. */
  readonly createdAt?: number;
}

/** What became of one row. */
export type ImportOutcome =
  | { readonly row: number; readonly outcome: 'imported' | 'exists'; readonly id: string }
  | {
      readonly row: number;
      readonly outcome: 'invalid' | 'failed';
      /** The field that is wrong, when it is one. */
      readonly field: string | null;
      /** Never holds a token or a hash. */
      readonly message: string;
    };

/** What {@link ImportKeys} answers. */
export interface ImportReport {
  readonly imported: number;
  readonly exists: number;
  readonly invalid: number;
  readonly failed: number;
  /** One outcome a row, in order. */
  readonly rows: readonly ImportOutcome[];
}

/** How {@link ImportKeys} goes about it. */
export interface ImportOptions {
  readonly by?: Actor;
  /** Called after each row. */
  readonly onRow?: (outcome: ImportOutcome) => void;
  /** Checks every row and stores none. Default `false`. */
  readonly dryRun?: boolean;
}

/**
 * Imports rows one after the other. A bad row stops no other one, and a row that was imported before is left
 * as it is, so the same import can be run again. Caps do not apply. Never rejects for a row.
 */
export type ImportKeys = (
  rows: Iterable<ImportRow> | AsyncIterable<ImportRow>,
  options?: ImportOptions,
) => Promise<ImportReport>;

const FIELDS = [
  'kind',
  'name',
  'ownerId',
  'id',
  'token',
  'hash',
  'createdAt',
  'description',
  'userId',
  'scopes',
  'level',
  'origins',
  'addresses',
  'hosts',
  'rateLimit',
  'quota',
  'metadata',
  'expiresAt',
];

/** What the look-up of an opaque token starts with when it is the SHA-256 alone. */
const PLAIN_LOOKUP = 'sha256:';

/** The same token gets the same id each time, hashed or not, so that a second import finds the first. */
function idOfLookup(plainLookup: string): string {
  const bytes = Buffer.from(sha256Hex(`latchkey:imported:${plainLookup}`), 'hex');
  return Array.from(bytes.subarray(0, 16), (byte) => BASE62.charAt(byte % BASE62.length)).join('');
}

function readImportedId(value: unknown): string {
  const id = readId('id', value);
  return canBeKeyId(id) ? id : refuse('id', 'must have visible ASCII characters alone');
}

interface Stored {
  readonly id: string;
  readonly hash: string;
  readonly lookup: string | null;
}

/** Makes {@link ImportKeys}. */
export function createImportKeys(context: ServiceContext): ImportKeys {
  const { tokens, hasher, store, cache, catalogue, clock, events } = context;

  async function fromToken(row: ImportRow, token: unknown, kind: KeyRecord['kind']): Promise<Stored> {
    if (typeof token !== 'string' || !isImportable(token)) {
      return refuse(
        'token',
        'must have 16 to 512 visible ASCII characters, without quotes, commas or semicolons',
      );
    }
    if (row.hash !== undefined) return refuse('hash', 'must not be given together with a token');
    const hash = await hasher.hash(kind, token);
    const id = row.id === undefined ? null : readImportedId(row.id);
    const own = tokens.parse(token);
    if (own !== null) {
      if (own.kind !== kind) return refuse('kind', `must be that of the token, ${shown(own.kind)}`);
      if (id !== null && id !== own.id) return refuse('id', 'must be the one in the token');
      return { id: own.id, hash, lookup: null };
    }
    if (id !== null && splitToken(token)?.id === id) return { id, hash, lookup: null };
    const plain = hasher.lookupFor(token).at(-1) as string;
    return { id: id ?? idOfLookup(plain), hash, lookup: hasher.lookup(token) };
  }

  function fromHash(row: ImportRow, given: ForeignHash): Stored {
    let hash;
    try {
      readObject('hash', given, ['algorithm', 'digest', 'covers', 'key']);
      hash = hasher.importHash(given);
    } catch (error) {
      if (error instanceof InvalidValueError) return refuse('hash', `is invalid: ${error.message}`);
      throw error;
    }
    // Only an unkeyed SHA-256 of the whole token can be found by the token itself.
    const lookup = hash.startsWith(PLAIN_LOOKUP) ? hash : null;
    if (row.id !== undefined) return { id: readImportedId(row.id), hash, lookup };
    if (lookup !== null) return { id: idOfLookup(lookup), hash, lookup };
    return refuse(
      'id',
      'is needed with this hash: the token must carry the id, as in <id>.<secret>, to be found again',
    );
  }

  async function recordOf(row: ImportRow): Promise<KeyRecord> {
    refuseUnknown(row, FIELDS);
    const now = clock();
    const { kind } = row;
    if (!isKeyKind(kind) || (kind as string) === 'temporary') {
      return refuse('kind', `must be "secret", "publishable" or "scoped"; received ${shown(kind)}`);
    }
    const createdAt = row.createdAt === undefined ? now : readCount('createdAt', row.createdAt, now);
    const ownerId = row.ownerId === undefined ? DEFAULT_OWNER : readId('ownerId', row.ownerId);
    if (row.scopes === undefined) return refuse('scopes', 'must name at least one scope');
    const { name, scopes, ...fields } = readFields(row, kind, catalogue, now);
    if (name === undefined || scopes === undefined)
      return refuse('name', 'must be a string; received undefined');
    if (row.token === undefined && row.hash === undefined) return refuse('token', 'or hash must be given');
    const stored =
      row.hash === undefined || row.token !== undefined
        ? await fromToken(row, row.token, kind)
        : fromHash(row, row.hash);
    return newRecord({ ...fields, ...stored, kind, name, ownerId, scopes, createdAt }, now);
  }

  async function importRow(index: number, row: ImportRow, options: ImportOptions): Promise<ImportOutcome> {
    try {
      const record = await recordOf(row);
      const { id } = record;
      const known = await store.call('findById', (port) => port.findById(id));
      if (known !== null) return { row: index, outcome: 'exists', id };
      if (options.dryRun === true) return { row: index, outcome: 'imported', id };
      const outcome = await store.call('create', (port) => port.create(record));
      if (outcome === 'duplicate') return { row: index, outcome: 'exists', id };
      cache.created(id);
      if (record.lookup !== null) cache.created(lookupName(record.lookup));
      events.emit('created', { key: keyInfo(record), by: options.by ?? SYSTEM, at: clock() });
      return { row: index, outcome: 'imported', id };
    } catch (error) {
      if (error instanceof ApiKeyError && error.code === 'INVALID_REQUEST') {
        return { row: index, outcome: 'invalid', field: String(error.details.field), message: error.message };
      }
      const message = error instanceof ApiKeyError ? error.message : 'The row could not be stored';
      return { row: index, outcome: 'failed', field: null, message };
    }
  }

  return async (rows, options = {}) => {
    readOptions(options, ['by', 'onRow', 'dryRun']);
    const outcomes: ImportOutcome[] = [];
    for await (const row of rows) {
      const outcome = await importRow(outcomes.length, row, options);
      outcomes.push(outcome);
      options.onRow?.(outcome);
    }
    const count = (wanted: ImportOutcome['outcome']): number => {
      return outcomes.filter(({ outcome }) => outcome === wanted).length;
    };
    return {
      imported: count('imported'),
      exists: count('exists'),
      invalid: count('invalid'),
      failed: count('failed'),
      rows: outcomes,
    };
  };
}
