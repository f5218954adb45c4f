/** Rules for each file of the library: name, first line, length, docs, and words that must not stand in it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT, filesUnder, libSources, type LibSource } from './lib-sources';

const MAX_LINES = 250;
const sources = libSources();
const table = sources.map((source) => [source.file, source] as const);

/** Exported declarations without a doc comment, `name:line` each. Re-exports carry the docs of their origin. */
function undocumented({ ast }: LibSource): string[] {
  const seen = new Set<string>();
  return ast.statements.flatMap((statement) => {
    const exported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword);
    if (!exported) return [];
    const names = ts.isVariableStatement(statement)
      ? statement.declarationList.declarations.map((declaration) => declaration.name.getText())
      : [(statement as ts.DeclarationStatement).name?.getText() ?? 'default'];
    const documented = ts
      .getJSDocCommentsAndTags(statement)
      .some((doc) => ts.isJSDoc(doc) && (doc.comment !== undefined || (doc.tags?.length ?? 0) > 0));
    // Overloads: the first one carries the docs.
    const isMissing = (name: string): boolean => !documented && !seen.has(name);
    const missing = names.filter(isMissing);
    names.forEach((name) => seen.add(name));
    const line = ast.getLineAndCharacterOfPosition(statement.getStart()).line + 1;
    return missing.map((name) => `${name}:${String(line)}`);
  });
}

describe.each(table)('lib/%s', (file, source) => {
  it('has a name in kebab-case', () => {
    expect(file).toMatch(/^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*\.ts$/);
  });

  it('says in its first line what it is for', () => {
    // An executable begins with the line that names its interpreter.
    const text = source.text.replace(/^#!\/usr\/bin\/env node\n/, '');
    expect(text.split('\n')[0]).toMatch(/^\/\*\* \S.*\. \*\/$/);
  });

  it(`has at most ${String(MAX_LINES)} lines`, () => {
    expect(source.text.trimEnd().split('\n').length).toBeLessThanOrEqual(MAX_LINES);
  });

  it('documents what it exports', () => {
    expect(undocumented(source)).toEqual([]);
  });

  it('does not print', () => {
    const prints = file.startsWith('cli/') ? [] : source.text.match(/\bconsole\.\w+/g);
    expect(prints ?? []).toEqual([]);
  });
});

/** Written so that this file does not hold the words itself. */
const FORBIDDEN =
  /\bTO[D]O\b|\bFIX[M]E\b|\bXX[X]\b|@ts-[i]gnore|@ts-[n]ocheck|eslint-[d]isable|\bas [a]ny\b|\b(?:it|test|describe)\.(?:on[l]y|sk[i]p|tod[o])\(|\b(?:xi[t]|xdescrib[e]|fi[t]|fdescrib[e])\(/g;

describe('words that must not stand in the project', () => {
  const folders = ['lib', '__tests__', 'examples', 'bench', '.ci'].filter((folder) =>
    existsSync(join(ROOT, folder)),
  );
  const files = folders.flatMap((folder) =>
    filesUnder(folder, ['.ts', '.mts', '.js', '.mjs', '.cjs']).map((file) => `${folder}/${file}`),
  );

  it('finds none: nothing left to do, no checker silenced, no test switched off', () => {
    const found = files.flatMap((file) =>
      (readFileSync(join(ROOT, file), 'utf8').match(FORBIDDEN) ?? []).map((word) => `${file}: ${word}`),
    );
    expect(found).toEqual([]);
  });

  it('would find them', () => {
    const text = ['TO' + 'DO', '@ts-' + 'ignore', 'eslint-' + 'disable', 'it.' + 'only(', 'xi' + 't('].join(
      '\n',
    );
    expect(text.match(FORBIDDEN)).toHaveLength(5);
  });
});
