/** Reads the option `kinds`: which kinds of key a middleware or an upgrade accepts. */
import { KEY_KINDS, isKeyKind } from '../keys/kinds';
import { shown } from '../errors';
import { invalidOption } from '../option-readers';
import { ALL_KINDS, kindMask, type KindMask } from '../service/kind-mask';

/** The set of kinds; every kind where nothing is said. @throws ConfigurationError for anything but kinds. */
export function readKinds(subject: string, kinds: unknown): KindMask {
  if (kinds === undefined) return ALL_KINDS;
  if (Array.isArray(kinds) && kinds.length > 0 && kinds.every(isKeyKind)) return kindMask(kinds);
  throw invalidOption(
    subject,
    `must be an array of some of ${KEY_KINDS.join(', ')}; received ${shown(kinds)}.`,
  );
}
