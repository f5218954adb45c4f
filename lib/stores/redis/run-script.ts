/** Runs Lua scripts by their digest, and sends the text only where Redis does not know it. */
import { createHash } from 'node:crypto';
import type { SendCommand } from './redis-client';

/** Runs a script on keys with arguments. */
export type RunScript = (
  script: string,
  keys: readonly string[],
  args: readonly string[],
) => Promise<unknown>;

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

/** Makes {@link RunScript}. A fail-over or a restart forgets scripts, so it must not rely on loading once. */
export function createRunScript(send: SendCommand): RunScript {
  const digests = new Map<string, string>();

  return async (script, keys, args) => {
    let digest = digests.get(script);
    if (digest === undefined) {
      // SHA-1 is what Redis names scripts by; nothing rests on its strength.
      digest = createHash('sha1').update(script).digest('hex');
      digests.set(script, digest);
    }
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await send('EVALSHA', digest, ...rest);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return send('EVAL', script, ...rest);
    }
  };
}
