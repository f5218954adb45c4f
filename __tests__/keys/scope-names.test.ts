import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

describe('the names of scopes', () => {
  it('are known to the compiler: a typo does not compile', () => {
    const root = join(__dirname, '../..');
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => readFileSync(path, 'utf8'));
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
    const file = join(__dirname, 'scope-names.types.ts');
    const program = ts.createProgram([file], { ...options, types: ['node'], noEmit: true });
    const source = program.getSourceFile(file);
    expect(source).toBeDefined();
    const messages = program
      .getSemanticDiagnostics(source)
      .map(({ messageText, start = 0 }) => [
        source?.getLineAndCharacterOfPosition(start).line,
        ts.flattenDiagnosticMessageText(messageText, '\n'),
      ]);
    expect(messages).toEqual([]);
  }, 30_000);
});
