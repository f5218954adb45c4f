/** Imports point one way; the table is in `import-rules.ts`. */
import { builtinModules } from 'node:module';
import { NOT_IN_CORE, PURE_NET, holds, ruleOf } from './import-rules';
import { libSources, parseSource, type ImportEdge, type LibSource } from './lib-sources';

const sources = libSources();
const byFile = new Map(sources.map((source) => [source.file, source]));

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier);
}

/** Everything in a file that its rule does not allow, one line each. */
function offences(source: LibSource): string[] {
  const rule = ruleOf(source.file);
  if (!rule) return [`${source.file}: no rule for this part of lib/; add one to import-rules.ts`];
  return source.imports.flatMap((edge) => {
    const problem = judge(source, edge);
    return problem === null ? [] : [`${source.file}:${String(edge.line)} ${problem}`];
  });

  function judge(from: LibSource, edge: ImportEdge): string | null {
    const { specifier, file } = edge;
    const { part, sees, packages = [], builtins = [] } = rule as NonNullable<typeof rule>;
    if (file !== null) {
      const target = ruleOf(file)?.part;
      return target === part || sees.some((seen) => holds(seen, file)) ? null : `must not import ${file}`;
    }
    if (isBuiltin(specifier)) {
      if (!specifier.startsWith('node:')) return `write node:${specifier}`;
      if (edge.mode !== 'type' && !builtins.includes(specifier)) return `must not load ${specifier}`;
      const impure = from.file.startsWith('keys/') && specifier === 'node:net';
      const taken = edge.names.filter((name) => !PURE_NET.includes(name));
      if (impure && (taken.length > 0 || edge.names.length === 0))
        return 'takes more than parsers from node:net';
      return null;
    }
    return packages.includes(packageOf(specifier)) ? null : `must not load ${specifier}`;
  }
}

/** The files that a start file brings in, itself included, with the packages that they name. */
function closure(
  start: string,
  follow: (edge: ImportEdge) => boolean,
): { files: string[]; packages: string[] } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const queue = byFile.has(start) ? [start] : [];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const edge of (byFile.get(file)?.imports ?? []).filter(follow)) {
      if (edge.file !== null) queue.push(edge.file);
      else if (!isBuiltin(edge.specifier)) packages.add(packageOf(edge.specifier));
    }
  }
  return { files: [...files], packages: [...packages] };
}

/** One cycle of imports for each group of files that reach each other. */
function cycles(): string[] {
  const state = new Map<string, 'open' | 'done'>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      found.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      return;
    }
    state.set(file, 'open');
    for (const edge of byFile.get(file)?.imports ?? []) {
      if (edge.file !== null) visit(edge.file, [...path, file]);
    }
    state.set(file, 'done');
  };
  for (const { file } of sources) visit(file, []);
  return found;
}

describe('imports of lib/', () => {
  it.each(sources.map((source) => [source.file, source] as const))(
    '%s keeps to its rule',
    (_file, source) => {
      expect(offences(source)).toEqual([]);
    },
  );

  it('has no cycle, type imports included', () => {
    expect(cycles()).toEqual([]);
  });

  it('index.ts only re-exports', () => {
    const text = byFile.get('index.ts')?.ast.statements.map((statement) => statement.getText()) ?? [];
    expect(text.filter((statement) => !/^export (type )?(\*|\{)[^;]* from /.test(statement))).toEqual([]);
  });

  it('index.ts names no driver and no face, not even in a type', () => {
    const core = closure('index.ts', () => true);
    expect(core.files.filter((file) => NOT_IN_CORE.parts.some((part) => holds(part, file)))).toEqual([]);
    expect(
      core.packages.filter((name) => name !== 'express' && name !== 'passport').filter(isNotInCore),
    ).toEqual([]);
  });

  it('index.ts loads no optional package, and bcrypt only when it is first needed', () => {
    const loaded = closure('index.ts', (edge) => edge.mode === 'load');
    expect(loaded.packages.filter((name) => name === 'bcrypt' || isNotInCore(name))).toEqual([]);
  });
});

function isNotInCore(name: string): boolean {
  return NOT_IN_CORE.packages.includes(name);
}

describe('the judge of imports', () => {
  const files = new Set([
    'errors.ts',
    'keys/a.ts',
    'service/b.ts',
    'stores/key-store.ts',
    'stores/sql/index.ts',
  ]);

  it.each([
    ['service/b.ts', `import { S } from '../stores/sql';`, 'must not import stores/sql/index.ts'],
    ['service/b.ts', `import type { S } from '../stores/sql';`, 'must not import stores/sql/index.ts'],
    ['service/b.ts', `type S = import('../stores/sql').S;`, 'must not import stores/sql/index.ts'],
    ['service/b.ts', `export * from '../stores/sql';`, 'must not import stores/sql/index.ts'],
    ['service/b.ts', `const s = () => import('../stores/sql');`, 'must not import stores/sql/index.ts'],
    ['keys/a.ts', `import { b } from '../service/b';`, 'must not import service/b.ts'],
    ['keys/a.ts', `import { readFileSync } from 'node:fs';`, 'must not load node:fs'],
    ['keys/a.ts', `import { connect } from 'node:net';`, 'takes more than parsers from node:net'],
    ['keys/a.ts', `import * as net from 'node:net';`, 'takes more than parsers from node:net'],
    ['keys/a.ts', `import { createHash } from 'crypto';`, 'write node:crypto'],
    ['keys/a.ts', `import type { Request } from 'express';`, 'must not load express'],
    ['keys/a.ts', `const load = () => require(name);`, 'must not load (computed)'],
    ['errors.ts', `import type { A } from './keys/a';`, 'must not import keys/a.ts'],
  ])('%s: %s', (file, text, problem) => {
    expect(offences(parseSource(file, text, files))).toEqual([`${file}:1 ${problem}`]);
  });

  it.each([
    ['service/b.ts', `import type { KeyStore } from '../stores/key-store';`],
    ['keys/a.ts', `import { BlockList } from 'node:net';`],
    ['keys/a.ts', `import { shown } from '../errors';`],
  ])('%s may: %s', (file, text) => {
    expect(offences(parseSource(file, text, files))).toEqual([]);
  });
});
