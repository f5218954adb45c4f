/** How a name is compared when it is searched for. */

/**
 * The form of a name that searches compare: composed (NFC) and in lower case by the rules of Unicode, in
 * no language's special way. Stores keep it beside the name, so that all of them find the same keys.
 */
export function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
