/** Verifies a key once more, from the store: for what must not rest on a cached verdict. */
import { invalidKey } from '../denials';
import type { Clock } from './clock';
import type { EntryFactory } from './entry-factory';
import { judge } from './judge';
import { keyInfo, type KeyInfo } from './key-info';
import type { KeyReader } from './key-reader';
import { ALL_KINDS } from './kind-mask';
import type { RequestFacts } from './request-facts';
import { denied, type Verdict } from './verdict';

/** The verdict of now, and the stored key; `null` when it is gone. */
export interface Reverified {
  readonly verdict: Verdict;
  readonly key: KeyInfo | null;
}

/**
 * Reads a key that was verified, and judges it anew. Its token is not asked for again. For kinds without a
 * parent.
 * @throws ApiKeyError `UNAVAILABLE`.
 */
export type Reverify = <R>(id: string, facts: RequestFacts<R>, request: R) => Promise<Reverified>;

/** Makes {@link Reverify}. */
export function createReverify(reader: KeyReader, entries: EntryFactory, clock: Clock): Reverify {
  return async (id, facts, request) => {
    const { entry } = await reader.byId(id, true);
    if (entry === null) return { verdict: denied(invalidKey('key_unknown'), id), key: null };
    const denial = judge(entry, null, ALL_KINDS, facts, request, clock());
    return {
      verdict: denial === null ? entries.granted(entry, null) : denied(denial, id),
      key: keyInfo(entry.record),
    };
  };
}
