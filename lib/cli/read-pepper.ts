/** Reads the peppers from the environment. */
import { usageError } from './cli-error';

/** The environment variable; an argument would stand in the list of processes. */
export const PEPPER_VARIABLE = 'LATCHKEY_PEPPER';

/**
 * The peppers, the current one first: separated by commas or line ends, or, where a pepper holds one of these, a
 * JSON array of strings. `undefined` when the variable is not set or empty.
 *
 * @throws CliError for an array that is not one of strings; never with any part of it
 */
export function readPepper(text: string | undefined): readonly string[] | undefined {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return undefined;
  if (!trimmed.startsWith('[')) return trimmed.split(/[,\r\n]+/).filter((pepper) => pepper !== '');
  let list: unknown;
  try {
    list = JSON.parse(trimmed);
  } catch {
    list = null;
  }
  if (Array.isArray(list) && list.length > 0 && list.every((pepper) => typeof pepper === 'string'))
    return list;
  throw usageError(`${PEPPER_VARIABLE} starts with [ and is no JSON array of strings.`);
}
