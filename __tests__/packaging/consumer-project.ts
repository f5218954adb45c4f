/** Temporary projects that install the packed tarball, as a host would. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/** What a child process did. */
export interface Outcome {
  readonly status: number | null;
  /** Both outputs, for the message of a failed test. */
  readonly output: string;
}

export interface ConsumerProject {
  readonly folder: string;
  write(file: string, text: string): void;
  node(...args: string[]): Outcome;
  /** Runs the compiler of this checkout over the project's `tsconfig.json`. */
  tsc(...args: string[]): Outcome;
}

/** A folder for everything that a suite makes; `remove` when done. */
export function scratchFolder(): { readonly folder: string; remove(): void } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'latchkey-consumer-')));
  return {
    folder,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Packs the build into `folder` and answers the tarball. The build must be there already. */
export function pack(folder: string): { readonly tarball: string; readonly files: readonly string[] } {
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder];
  const answer = JSON.parse(execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8' })) as unknown;
  // npm answers an array, or from version 12 an object by package name.
  const [packed] = Object.values(answer as Record<string, { filename: string; files: { path: string }[] }>);
  if (!packed) throw new Error('npm pack answered nothing');
  return { tarball: join(folder, packed.filename), files: packed.files.map((file) => file.path) };
}

/**
 * A project with these packages, and nothing else, installed. `nested` keeps each package's dependencies
 * below it, so that nobody sees what only another one asked for.
 */
export function consumerProject(
  folder: string,
  packages: readonly string[],
  strategy: 'hoisted' | 'nested' = 'hoisted',
): ConsumerProject {
  mkdirSync(folder, { recursive: true });
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  write('package.json', '{ "name": "consumer", "private": true }\n');
  const flags = [
    `--install-strategy=${strategy}`,
    '--prefer-offline',
    '--ignore-scripts',
    '--omit=peer',
    '--omit=optional',
    '--no-audit',
    '--no-fund',
    '--no-progress',
    '--loglevel=error',
  ];
  execFileSync('npm', ['install', ...flags, ...packages], { cwd: folder, stdio: 'pipe' });
  const run = (args: readonly string[]): Outcome => {
    const done = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    return { status: done.status, output: done.stdout + done.stderr };
  };
  return {
    folder,
    write,
    node: (...args) => run(args),
    tsc: (...args) => run([require.resolve('typescript/bin/tsc'), ...args]),
  };
}
