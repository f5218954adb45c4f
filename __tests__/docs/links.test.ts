/** Links between the documents lead somewhere. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { ROOT, anchors, documents, links, textOf } from './markdown';

const table = documents().flatMap((file) =>
  links(textOf(file))
    .filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target))
    .map((target) => [file, target] as const),
);

/** What is wrong with a link, or `null`. */
function broken(file: string, target: string): string | null {
  const [path = '', anchor] = decodeURI(target).split('#');
  const destination = path === '' ? file : posix.join(dirname(file), path);
  if (destination.startsWith('..')) return 'leads out of the project';
  if (!existsSync(join(ROOT, destination))) return `no file ${destination}`;
  if (anchor === undefined || statSync(join(ROOT, destination)).isDirectory()) return null;
  return anchors(textOf(destination)).has(anchor) ? null : `no heading #${anchor} in ${destination}`;
}

describe('relative links', () => {
  it('lead to a file and a heading that exist', () => {
    const problems = table.flatMap(([file, target]) => {
      const problem = broken(file, target);
      return problem === null ? [] : [`${file}: ${target}: ${problem}`];
    });
    expect(problems).toEqual([]);
  });

  it.each([
    ['no-such-file.md', 'no file no-such-file.md'],
    ['#no-such-heading', 'no heading #no-such-heading in SECURITY.md'],
    ['../elsewhere.md', 'leads out of the project'],
    ['#reporting', null],
    ['LICENSE', null],
  ])('to %s: %s', (target, problem) => {
    expect(broken('SECURITY.md', target)).toBe(problem);
  });

  it('are found in every notation', () => {
    const text = '[a](one.md) ![b](two.png "t") `[x](code.md)` [c][ref]\n\n[ref]: three.md#part\n';
    expect(links(text)).toEqual(['one.md', 'two.png', 'three.md#part']);
  });
});
