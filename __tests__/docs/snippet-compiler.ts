/** Compiles TypeScript snippets against lib/, as a host would write them against the package. */
import { join } from 'node:path';
import ts from 'typescript';
import { subpaths } from '../packaging/subpaths';
import { ROOT } from './markdown';

/** Where `latchkey` and its subpaths lead inside this checkout. */
export const SOURCES = new Map(subpaths().map((subpath) => [subpath.specifier, subpath.source]));

/**
 * The errors of each text, in the order given. All are compiled in one program, as modules of their own, with
 * the project's strictness but for unused names.
 */
export function compileErrors(texts: readonly string[]): string[][] {
  const files = new Map(
    texts.map((text, at) => [join(ROOT, `snippet-${String(at)}.mts`), `${text}\nexport {};\n`]),
  );
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(ROOT, 'tsconfig.json'), (file) => ts.sys.readFile(file)).config,
    ts.sys,
    ROOT,
  );
  const settings: ts.CompilerOptions = {
    ...options,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    declaration: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
    allowImportingTsExtensions: true,
  };
  const host = ts.createCompilerHost(settings);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => files.has(file) || fileExists.call(host, file);
  host.readFile = (file) => files.get(file) ?? readFile.call(host, file);
  host.getSourceFile = (file, version, ...rest) => {
    const text = files.get(file);
    return text === undefined
      ? getSourceFile.call(host, file, version, ...rest)
      : ts.createSourceFile(file, text, version, true);
  };
  host.resolveModuleNameLiterals = (literals, containingFile, redirected, current, sourceFile) =>
    literals.map((literal) => {
      const source = SOURCES.get(literal.text);
      if (source !== undefined) {
        return { resolvedModule: { resolvedFileName: source, extension: ts.Extension.Ts } };
      }
      const mode = ts.getModeForUsageLocation(sourceFile, literal, current);
      return ts.resolveModuleName(literal.text, containingFile, current, host, undefined, redirected, mode);
    });
  const program = ts.createProgram([...files.keys()], settings, host);
  return [...files.keys()].map((file) => {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map((diagnostic) => {
      const line = source?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
      return `line ${String(line + 1)}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`;
    });
  });
}

/** The syntax errors of a JavaScript text. */
export function syntaxErrors(text: string): string[] {
  const { diagnostics = [] } = ts.transpileModule(text, {
    reportDiagnostics: true,
    fileName: 'snippet.mjs',
    compilerOptions: { allowJs: true, module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  return diagnostics.map((diagnostic) => ts.flattenDiagnosticMessageText(diagnostic.messageText, ' '));
}

/** A text as the body of an asynchronous function that takes `require`, `exports` and `module`. */
export function asFunctionBody(text: string): string {
  return ts.transpileModule(text, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
    },
  }).outputText;
}
