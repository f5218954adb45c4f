/** Reads one limit from options. */
import type { RateLimit } from '../keys/key-record';
import { readNames, readNumber } from '../option-readers';

/** The highest limit, and the highest cost of a request. */
export const MAX_COUNT = 1_000_000_000;
/** The longest window, in seconds: a year. */
const MAX_WINDOW = 31_536_000;

/** Reads one limit. @throws ConfigurationError for anything but a limit and a window within their ranges. */
export function readLimit(subject: string, value: unknown): RateLimit {
  const limit = readNames(subject, value, { limit: true, windowSeconds: true });
  const read = (name: string, to: number, unit: string): number => {
    const given = limit[name] ?? Number.NaN;
    return readNumber(`${subject}.${name}`, given as number, 0, { from: 1, to, unit, whole: true });
  };
  return Object.freeze({
    limit: read('limit', MAX_COUNT, 'requests'),
    windowSeconds: read('windowSeconds', MAX_WINDOW, 'seconds'),
  });
}
