/** package.json and the lock file: what a host and a clean clone rely on. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly resolved?: string; readonly optionalDependencies?: Record<string, string> }>
  >;
}

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly files: readonly string[];
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;

describe('package.json', () => {
  it('asks for no peer that a host could do without', () => {
    const required = Object.keys(manifest.peerDependencies).filter(
      (name) => manifest.peerDependenciesMeta[name]?.optional !== true,
    );
    expect(required).toEqual([]);
  });

  it('brings no driver, framework or type package along', () => {
    const unwanted = /^(@types\/|express$|passport$|pg$|mysql2$|better-sqlite3$|redis$|ioredis$)/;
    expect(Object.keys(manifest.dependencies).filter((name) => unwanted.test(name))).toEqual([]);
  });

  it('lists files that exist, besides the build', () => {
    expect(manifest.files.filter((file) => file !== 'dist' && !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('has each of its test:* scripts run by .ci/run', () => {
    const steps = execFileSync(join(ROOT, '.ci', 'run'), ['--list'], { encoding: 'utf8' })
      .trim()
      .split('\n');
    const suites = Object.keys(manifest.scripts).filter((name) => name.startsWith('test:'));
    expect(suites).not.toEqual([]);
    expect(steps).toEqual(
      expect.arrayContaining(['install', 'lint', 'typecheck', 'build', 'test', ...suites]),
    );
  });
});

describe('package-lock.json', () => {
  it('holds every optional package of other platforms, without which npm ci refuses', () => {
    const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter(
        (name) => !lock.packages[`node_modules/${name}`] && !lock.packages[`${path}/node_modules/${name}`],
      ),
    );
    expect(missing).toEqual([]);
  });

  it('names no download address', () => {
    const addresses = Object.values(lock.packages).filter((entry) => entry.resolved?.startsWith('http'));
    expect(addresses).toEqual([]);
  });
});
