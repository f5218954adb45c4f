/** What travels over a bus: short texts, none of them secret. */
import type { KeyChange } from '../change-bus';

/** A change, or a heartbeat of the process that sent it. */
export type BusMessage = { readonly change: KeyChange } | { readonly heartbeat: string };

/** A message as text. */
export function writeMessage(message: BusMessage): string {
  return 'change' in message
    ? `c ${message.change.revoked ? '1' : '0'} ${message.change.id}`
    : `h ${message.heartbeat}`;
}

/** The message in a text; `null` for anything else, since others may publish on the same channel. */
export function readMessage(text: string): BusMessage | null {
  const change = /^c ([01]) ([\x21-\x7e]{1,128})$/.exec(text);
  if (change?.[2] !== undefined) return { change: { id: change[2], revoked: change[1] === '1' } };
  const heartbeat = /^h ([\w-]{1,64})$/.exec(text)?.[1];
  return heartbeat === undefined ? null : { heartbeat };
}
