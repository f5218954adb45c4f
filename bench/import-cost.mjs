/** What loading the package costs, beyond the packages that it depends on. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { summary } from './statistics.mjs';

const require = createRequire(import.meta.url);
/** What lib/ loads at once; drivers and bcrypt are loaded when they are first needed. */
const LOADED = [
  'node:crypto',
  'node:http',
  'node:util',
  'cockatiel',
  'cookie',
  'lru-cache',
  'passport-custom',
  'vary',
];

/** Processor time in ms of what a fresh process does after loading `before`. */
function measure(before, then) {
  const paths = (names) => JSON.stringify(names);
  const code = `
    for (const name of ${paths(before)}) require(name);
    const start = process.cpuUsage();
    for (const name of ${paths(then)}) require(name);
    const { user, system } = process.cpuUsage(start);
    process.stdout.write(String((user + system) / 1000));`;
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  return Number(execFileSync(process.execPath, ['-e', code], { cwd, encoding: 'utf8' }));
}

/** Measures: ms of the package alone, and of its dependencies. */
export function measureImport({ rounds }) {
  const entry = require.resolve('latchkey');
  const own = [];
  const dependencies = [];
  for (let i = 0; i < rounds; i += 1) {
    own.push(measure(LOADED, [entry]));
    dependencies.push(measure([], LOADED));
  }
  return { own: summary(own), dependencies: summary(dependencies) };
}
