/** Text that a terminal shows as it is written, and never obeys. */

/** Control characters, characters that reorder or hide text, line separators, halves of surrogate pairs. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu;

/** One line of text: what is unsafe reads `\u{001b}`. */
export function safeText(text: string): string {
  return text.replace(UNSAFE, (character) => {
    return `\\u{${(character.codePointAt(0) as number).toString(16).padStart(4, '0')}}`;
  });
}

/** JSON, indented, in which everything unsafe is escaped as JSON escapes it. */
export function safeJson(value: unknown): string {
  const lines = JSON.stringify(value, null, 2).split('\n');
  return `${lines.map((line) => line.replace(UNSAFE, jsonEscaped)).join('\n')}\n`;
}

function jsonEscaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }).join('');
}

/** A message, which may come with line ends, as one line of safe text. */
export function oneLine(message: string): string {
  return safeText(message.trim().replace(/\s*[\r\n]+\s*/g, ' '));
}
