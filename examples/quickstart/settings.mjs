/** The settings of the example, from environment variables. */

/** A sentence for whoever starts the example; the process ends with it instead of a stack trace. */
export class StartError extends Error {}

/** Reads `PORT`, `LATCHKEY_DB` and `LATCHKEY_PEPPER`; an empty variable counts as not set. */
export function readSettings(env) {
  const port = Number(env.PORT || 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new StartError(`PORT must be a number from 0 to 65535; received ${JSON.stringify(env.PORT)}.`);
  }
  // Several peppers, separated by commas: the first is the current one, the others are on their way out.
  const pepper = env.LATCHKEY_PEPPER ? env.LATCHKEY_PEPPER.split(',') : undefined;
  return { port, file: env.LATCHKEY_DB || 'latchkey.sqlite', pepper };
}
