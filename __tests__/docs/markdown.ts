/** Reads the project's Markdown: fenced snippets, links, and the anchors of headings. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');

export interface Snippet {
  /** `README.md:12`: the file and the line of the fence. */
  readonly at: string;
  readonly file: string;
  /** First word after the fence, lower case; empty when there is none. */
  readonly language: string;
  /** The words after it, such as `run` or `continues`. */
  readonly marks: readonly string[];
  readonly code: string;
}

/** README.md and the other documents at the top, docs/, and the read-me files of examples. */
export function documents(): string[] {
  const tops = readdirSync(ROOT).filter((file) => file.endsWith('.md'));
  const nested = ['docs', 'examples', 'bench'].flatMap((folder) =>
    existsSync(join(ROOT, folder))
      ? readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
          .filter((file) => file.endsWith('.md') && !file.includes('node_modules'))
          .map((file) => `${folder}/${file}`)
      : [],
  );
  return [...tops, ...nested].sort();
}

/** The text of a document. */
export function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** Every fenced snippet of a text; a fence inside a list may be indented. */
export function snippets(file: string, text: string): Snippet[] {
  const found: Snippet[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const open = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(lines[at] ?? '');
    if (!open) continue;
    const [, indent = '', fence = '', info = ''] = open;
    const first = at;
    const code: string[] = [];
    for (at += 1; at < lines.length && !(lines[at] ?? '').trimStart().startsWith(fence); at += 1) {
      code.push((lines[at] ?? '').replace(new RegExp(`^\\s{0,${String(indent.length)}}`), ''));
    }
    const [language = '', ...marks] = info.trim().split(/\s+/);
    found.push({
      at: `${file}:${String(first + 1)}`,
      file,
      language: language.toLowerCase(),
      marks,
      code: code.join('\n'),
    });
  }
  return found;
}

/** The text without fenced snippets and code spans. */
export function prose(text: string): string {
  return text.replace(/^\s*(`{3,}|~{3,})[\s\S]*?^\s*\1\s*$/gm, '').replace(/`[^`\n]*`/g, (span) => {
    return span.replace(/[[\]()]/g, ' ');
  });
}

/** The targets of links and images, inline and by reference. */
export function links(text: string): string[] {
  const body = prose(text);
  const inline = [...body.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const references = [...body.matchAll(/^\s*\[[^\]]+\]:\s+<?(\S+?)>?(?:\s|$)/gm)];
  return [...inline, ...references].map((match) => match[1] as string);
}

/** The anchors that headings get, by the rules of the usual hosts of Markdown. */
export function anchors(text: string): Set<string> {
  const taken = new Set<string>();
  const body = text.replace(/^\s*(`{3,}|~{3,})[\s\S]*?^\s*\1\s*$/gm, '');
  for (const [, heading = ''] of body.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    let anchor = slug;
    for (let count = 1; taken.has(anchor); count += 1) anchor = `${slug}-${String(count)}`;
    taken.add(anchor);
  }
  return taken;
}
