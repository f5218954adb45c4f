/** Hands a new token over: once, and to standard output alone. */
import type { KeyInfo } from '../service/key-info';
import { CliError } from './cli-error';
import type { Io } from './io';
import { keyToJson, renderKey } from './key-view';
import { safeJson } from './safe-text';

/** A new token with its key, and whatever else the JSON tells. */
export interface NewToken {
  readonly token: string;
  readonly key: KeyInfo;
  readonly previous?: KeyInfo;
}

/**
 * Prints the token and nothing else to standard output, and the key to standard error; with `json` all of it as
 * one object to standard output.
 *
 * @throws CliError when nobody reads standard output: the token is then lost, and the key must be revoked
 */
export async function showToken(io: Io, made: NewToken, json: boolean): Promise<void> {
  const { token, key, previous } = made;
  const now = io.clock();
  const text = json
    ? safeJson({
        token,
        key: keyToJson(key, now),
        ...(previous === undefined ? {} : { previous: keyToJson(previous, now) }),
      })
    : `${token}\n`;
  if (!json) await io.err(`${renderKey(key, now)}\nThe token, which is shown this once:\n`);
  try {
    await io.out(text);
  } catch {
    throw new CliError(
      `The token could not be written, and nobody has it now. Take the key back: npx latchkey revoke ${key.id}`,
    );
  }
}
