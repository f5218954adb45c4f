/**
 * Every snippet in the documents is checked. `ts` is compiled against lib/, `js` and `sh` must parse, `json`
 * too. A fence marked `ts continues` is joined to the one before it in the same document; `ts run` is
 * executed as well.
 */
import { spawnSync } from 'node:child_process';
import { documents, snippets, textOf, type Snippet } from './markdown';
import { SOURCES, asFunctionBody, compileErrors, syntaxErrors } from './snippet-compiler';

const TYPESCRIPT = ['ts', 'typescript'];
const JAVASCRIPT = ['js', 'mjs', 'javascript'];
const SHELL = ['sh', 'bash', 'shell'];
/** Not code: nothing to compile. */
const PLAIN = ['text', 'http', 'sql', 'yaml', 'ini', 'diff', 'mermaid'];

const all = documents().flatMap((file) => snippets(file, textOf(file)));
const among = (languages: readonly string[]): [string, Snippet][] =>
  all.filter(({ language }) => languages.includes(language)).map((snippet) => [snippet.at, snippet]);

/** Joins each `continues` snippet to what it continues. */
function joined(list: readonly Snippet[]): { at: string; code: string; marks: readonly string[] }[] {
  const whole: { at: string; file: string; code: string; marks: readonly string[] }[] = [];
  for (const snippet of list) {
    const before = whole.at(-1);
    if (snippet.marks.includes('continues') && before?.file === snippet.file) {
      whole.push({ ...snippet, code: `${before.code}\n${snippet.code}` });
    } else {
      whole.push({ ...snippet });
    }
  }
  return whole;
}

const typescript = joined(among(TYPESCRIPT).map(([, snippet]) => snippet));

describe('snippets in the documents', () => {
  it('are all in a language that is checked here', () => {
    const known = [...TYPESCRIPT, ...JAVASCRIPT, ...SHELL, ...PLAIN, 'json'];
    expect(all.filter(({ language }) => !known.includes(language)).map(({ at }) => at)).toEqual([]);
  });

  it('carry no mark that nobody reads', () => {
    const read = ['continues', 'run'];
    expect(all.filter(({ marks }) => marks.some((mark) => !read.includes(mark))).map(({ at }) => at)).toEqual(
      [],
    );
  });

  it('compile, where they are TypeScript', () => {
    const errors = compileErrors(typescript.map(({ code }) => code));
    const failed = typescript.flatMap(({ at }, index) =>
      (errors[index] ?? []).map((error) => `${at}: ${error}`),
    );
    expect(failed).toEqual([]);
  });

  it('parse, where they are JavaScript, shell or JSON', () => {
    const problems = [
      ...among(JAVASCRIPT).map(([at, { code }]) => [at, ...syntaxErrors(code)]),
      ...among(SHELL).map(([at, { code }]) => [at, ...shellErrors(code)]),
      ...among(['json']).map(([at, { code }]) => [at, ...jsonErrors(code)]),
    ];
    expect(problems.filter((problem) => problem.length > 1)).toEqual([]);
  });

  it('run, where they are marked so', async () => {
    for (const { at, code } of typescript.filter(({ marks }) => marks.includes('run'))) {
      await expect(execute(code).then(() => at)).resolves.toBe(at);
    }
    // The first snippet loads the library, and bcrypt takes its time.
  }, 60_000);
});

describe('the checks themselves', () => {
  it('find an error of types and a name that is not exported', () => {
    const [fine, wrong, missing] = compileErrors([
      'const n: number = await Promise.resolve(1);',
      "const n: number = 'one';",
      "import { noSuchThing } from 'latchkey';",
    ]);
    expect(fine).toEqual([]);
    expect(wrong).toEqual(["line 1: Type 'string' is not assignable to type 'number'."]);
    expect(missing?.join()).toContain('noSuchThing');
  });

  it.each([
    ['JavaScript', () => syntaxErrors('const = 1')],
    ['shell', () => shellErrors('echo "open')],
    ['JSON', () => jsonErrors('{ a: 1 }')],
  ])('find an error of %s', (_language, errors) => {
    expect(errors()).not.toEqual([]);
  });

  it('execute what is marked to run', async () => {
    await expect(execute("throw new Error('reached')")).rejects.toThrow('reached');
  });
});

function shellErrors(code: string): string[] {
  const { status, stderr } = spawnSync('sh', ['-n'], { input: code, encoding: 'utf8' });
  return status === 0 ? [] : [stderr];
}

function jsonErrors(code: string): string[] {
  try {
    JSON.parse(code);
    return [];
  } catch (error) {
    return [String(error)];
  }
}

async function execute(code: string): Promise<void> {
  const AsyncFunction = (async () => {}).constructor as new (
    ...text: string[]
  ) => (...values: unknown[]) => Promise<void>;
  const load = (name: string): unknown => jest.requireActual(SOURCES.get(name) ?? name);
  const module = { exports: {} };
  await new AsyncFunction('require', 'exports', 'module', asFunctionBody(code))(load, module.exports, module);
}
