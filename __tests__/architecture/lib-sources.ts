/** Reads every file of lib/ with the TypeScript parser, for the tests that judge the source itself. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import ts from 'typescript';

export const ROOT = join(__dirname, '..', '..');

/** How a file reaches another: `load` at import time, `lazy` when a function runs, `type` never at run time. */
export type ImportMode = 'load' | 'lazy' | 'type';

export interface ImportEdge {
  /** The specifier as written. */
  readonly specifier: string;
  /** Path of the file inside lib/, or `null` when it is a package or a built-in module. */
  readonly file: string | null;
  readonly mode: ImportMode;
  /** The names taken, empty for the whole module. */
  readonly names: readonly string[];
  readonly line: number;
}

export interface LibSource {
  /** Path inside lib/, with forward slashes: `keys/scope.ts`. */
  readonly file: string;
  readonly text: string;
  readonly ast: ts.SourceFile;
  readonly imports: readonly ImportEdge[];
}

/** Every file under `folder` (inside the checkout) with one of the endings, as sorted paths inside it. */
export function filesUnder(folder: string, endings: readonly string[]): string[] {
  const top = join(ROOT, folder);
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(top, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((file) => !file.split('/').includes('node_modules'))
    .sort();
}

/** The parsed files of lib/. */
export function libSources(): LibSource[] {
  const files = filesUnder('lib', ['.ts']);
  return files.map((file) =>
    parseSource(file, readFileSync(join(ROOT, 'lib', file), 'utf8'), new Set(files)),
  );
}

/** Parses one file; `files` are the files that a relative import can mean. */
export function parseSource(file: string, text: string, files: ReadonlySet<string>): LibSource {
  const ast = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  return { file, text, ast, imports: importsOf(file, ast, files) };
}

function importsOf(file: string, ast: ts.SourceFile, files: ReadonlySet<string>): ImportEdge[] {
  const edges: ImportEdge[] = [];
  const add = (node: ts.Node, specifier: string, mode: ImportMode, names: readonly string[] = []): void => {
    const line = ast.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    edges.push({ specifier, file: resolve(file, specifier, files), mode, names, line });
  };
  const visit = (node: ts.Node, inFunction: boolean): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const bindings = node.importClause?.namedBindings;
      const elements = bindings && ts.isNamedImports(bindings) ? bindings.elements : [];
      const typeOnly =
        node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword ||
        (elements.length > 0 && !node.importClause?.name && elements.every((element) => element.isTypeOnly));
      const names = elements.map((element) => (element.propertyName ?? element.name).text);
      add(node, node.moduleSpecifier.text, typeOnly ? 'type' : 'load', names);
    } else if (
      ts.isExportDeclaration(node) &&
      node.moduleSpecifier &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      add(node, node.moduleSpecifier.text, node.isTypeOnly ? 'type' : 'load');
    } else if (
      ts.isImportEqualsDeclaration(node) &&
      ts.isExternalModuleReference(node.moduleReference) &&
      ts.isStringLiteral(node.moduleReference.expression)
    ) {
      add(node, node.moduleReference.expression.text, node.isTypeOnly ? 'type' : 'load');
    } else if (
      ts.isImportTypeNode(node) &&
      ts.isLiteralTypeNode(node.argument) &&
      ts.isStringLiteral(node.argument.literal)
    ) {
      add(node, node.argument.literal.text, 'type');
    } else if (ts.isCallExpression(node) && isModuleCall(node)) {
      const specifier = node.arguments[0];
      const text = specifier && ts.isStringLiteralLike(specifier) ? specifier.text : '(computed)';
      add(node, text, inFunction ? 'lazy' : 'load');
    }
    const within = inFunction || ts.isFunctionLike(node);
    ts.forEachChild(node, (child) => {
      visit(child, within);
    });
  };
  visit(ast, false);
  return edges;
}

function isModuleCall(node: ts.CallExpression): boolean {
  return (
    node.expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(node.expression) && node.expression.text === 'require')
  );
}

function resolve(from: string, specifier: string, files: ReadonlySet<string>): string | null {
  if (!specifier.startsWith('.')) return null;
  const base = posix.join(posix.dirname(from), specifier.replace(/\.js$/, ''));
  const found = [`${base}.ts`, `${base}/index.ts`].find((candidate) => files.has(candidate));
  return found ?? base;
}
