/** The command line as a process: built from lib/ into a cache that only changed files are compiled into. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '..', '..');
/** Below node_modules, so that packages are found from there, and git passes it over. */
const CACHE = join(ROOT, 'node_modules', '.cache', 'latchkey-cli');
const BIN = join(CACHE, 'dist', 'cli', 'bin.js');

/** The package as it is built here, for configurations that tests write. */
export const BUILT = join(CACHE, 'dist', 'index.js');

/** What a command did. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is started. */
export interface Start {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

function isOlder(file: string, than: number): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined || found.mtimeMs < than;
}

/** Types are not checked here: `npm run typecheck` does. */
function compile(source: string, out: string): void {
  const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), {
    fileName: source,
    compilerOptions: {
      module: ts.ModuleKind.Node16,
      moduleResolution: ts.ModuleResolutionKind.Node16,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
    },
  });
  mkdirSync(dirname(out), { recursive: true });
  // Another worker may build at the same time: a file is there whole or not at all.
  const temporary = `${out}.${String(process.pid)}`;
  writeFileSync(temporary, outputText);
  renameSync(temporary, out);
}

/** Brings the built command line up to date. */
export function buildCli(): void {
  for (const file of readdirSync(join(ROOT, 'lib'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const source = join(ROOT, 'lib', file);
    const out = join(CACHE, 'dist', file.replace(/\.ts$/, '.js'));
    if (isOlder(out, statSync(source).mtimeMs)) compile(source, out);
  }
  copyFileSync(join(ROOT, 'package.json'), join(CACHE, 'package.json'));
}

/** Starts a command. Nothing of this process's environment that means something to it goes along. */
export function startCli(args: readonly string[], { cwd, env = {} }: Start): ChildProcessWithoutNullStreams {
  const { LATCHKEY_STORE, LATCHKEY_PEPPER, ...inherited } = process.env;
  return spawn(process.execPath, [BIN, ...args], { cwd, env: { ...inherited, ...env } });
}

/** Waits until a command ends. */
export function outcomeOf(child: ChildProcessWithoutNullStreams): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) => {
    child.on('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

/** Runs a command to its end, with `input` on standard input. */
export function runCli(args: readonly string[], start: Start, input = ''): Promise<Outcome> {
  const child = startCli(args, start);
  const outcome = outcomeOf(child);
  // A command that reads nothing may be gone before the input is written.
  child.stdin.on('error', () => undefined).end(input);
  return outcome;
}

/** An empty folder to run commands in. */
export function workFolder(): { readonly folder: string; remove(): void } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'latchkey-cli-')));
  return {
    folder,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
