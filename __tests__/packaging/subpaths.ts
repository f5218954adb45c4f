/** The entry points that package.json exports, each with its built file and its source. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

export interface Subpath {
  /** What a host writes: `latchkey`, `latchkey/sql`. */
  readonly specifier: string;
  /** The built file, inside the checkout. */
  readonly built: string;
  /** Its declarations, inside the checkout. */
  readonly types: string;
  /** The source file, as an absolute path. */
  readonly source: string;
}

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

/** Every exported entry point but `package.json` itself. */
export function subpaths(): Subpath[] {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  return Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    if (typeof target === 'string') return [];
    return {
      specifier: `latchkey${subpath.slice(1)}`,
      built: target.default,
      types: target.types,
      source: join(ROOT, target.default.replace(/^\.\/dist\//, 'lib/').replace(/\.js$/, '.ts')),
    };
  });
}
