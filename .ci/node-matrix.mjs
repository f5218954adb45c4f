/**
 * Runs the fast suite on every Node that the package supports, each in a temporary copy of the checkout.
 * `node .ci/node-matrix.mjs [version …]`, such as `22`; without arguments 20.19, 22 and 24.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const versions = process.argv.length > 2 ? process.argv.slice(2) : ['20.19', '22', '24'];
const nodePackage = `node-${process.platform}-${process.arch}`;
const scratch = mkdtempSync(join(tmpdir(), 'latchkey-node-'));

function run(command, args, options = {}) {
  return spawnSync(command, args, { stdio: 'inherit', ...options }).status === 0;
}

/** The npm packages `node-<platform>-<arch>` carry the executable and its headers. */
function installNode(version) {
  const folder = join(scratch, `node-${version}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const flags = ['--no-audit', '--no-fund', '--no-progress', '--loglevel=error', '--ignore-scripts'];
  const installed = run('npm', ['install', ...flags, `${nodePackage}@${version}`], { cwd: folder });
  return installed ? join(folder, 'node_modules', nodePackage) : null;
}

/** The files of the checkout as they are now, without what git ignores. */
function copyCheckout() {
  const folder = join(scratch, 'checkout');
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root })
    .toString()
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(root, file)));
  for (const file of files) cpSync(join(root, file), join(folder, file));
  cpSync(join(root, 'node_modules'), join(folder, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  return folder;
}

/** better-sqlite3 12 ends Node 24.19 and later when it collects a prepared statement; 13 needs Node 22. */
const REPLACED = { 24: 'better-sqlite3@13' };

/** Puts another version of a package into the checkout, where this Node needs one. */
function replacePackage(exact, checkout) {
  const wanted = REPLACED[/^v(\d+)/.exec(exact)[1]];
  if (wanted === undefined) return true;
  const folder = join(scratch, 'replaced');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const flags = [
    '--no-audit',
    '--no-fund',
    '--no-progress',
    '--loglevel=error',
    '--ignore-scripts',
    '--force',
  ];
  if (!run('npm', ['install', ...flags, wanted], { cwd: folder })) return false;
  const name = wanted.slice(0, wanted.lastIndexOf('@'));
  rmSync(join(checkout, 'node_modules', name), { recursive: true });
  cpSync(join(folder, 'node_modules', name), join(checkout, 'node_modules', name), { recursive: true });
  return true;
}

/** Whether a native module loads in this Node. */
function loads(environment, cwd, code) {
  return spawnSync('node', ['-e', code], { cwd, env: environment, stdio: 'ignore' }).status === 0;
}

const native = {
  'better-sqlite3': "new (require('better-sqlite3'))(':memory:')",
  bcrypt: "require('bcrypt')",
};

function testOn(version, checkout) {
  const node = installNode(version);
  if (!node) return 'not installed';
  const environment = {
    ...process.env,
    PATH: [join(node, 'bin'), process.env.PATH].join(delimiter),
    npm_config_nodedir: node,
    npm_config_loglevel: 'error',
  };
  const exact = execFileSync('node', ['--version'], { env: environment }).toString().trim();
  console.log(`\n--- Node ${exact}`);
  if (!replacePackage(exact, checkout)) return `${exact}: ${REPLACED[24]} not installed`;
  for (const [name, code] of Object.entries(native)) {
    if (loads(environment, checkout, code)) continue;
    console.log(`compiling ${name}`);
    const cwd = join(checkout, 'node_modules', name);
    // Straight to node-gyp: it is quicker than asking for a prebuilt file, and no npm gate applies.
    const gyp = join(dirname(npmCli()), '..', 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
    const args = [gyp, 'rebuild', '--release', `--nodedir=${node}`];
    const built = spawnSync('node', args, { cwd, env: environment, encoding: 'utf8' });
    if (built.status !== 0 || !loads(environment, checkout, code)) {
      console.error(built.stderr.slice(-4000));
      return `${exact}: ${name} does not compile`;
    }
  }
  const jest = join('node_modules', 'jest', 'bin', 'jest.js');
  return run('node', [jest, '--no-cache'], { cwd: checkout, env: environment })
    ? null
    : `${exact}: tests failed`;
}

/** The file behind the `npm` that runs this script, or the one on the path. */
function npmCli() {
  if (process.env.npm_execpath?.endsWith('npm-cli.js')) return process.env.npm_execpath;
  const globalRoot = execFileSync('npm', ['root', '--global']).toString().trim();
  return join(globalRoot, 'npm', 'bin', 'npm-cli.js');
}

try {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  console.log(`The package asks for Node ${engines.node}; testing on ${versions.join(', ')}`);
  const checkout = copyCheckout();
  const problems = versions.map((version) => testOn(version, checkout)).filter((problem) => problem !== null);
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
