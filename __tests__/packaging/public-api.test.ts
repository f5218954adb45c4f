/** What each entry point exports at run time, against a list that a person checked in. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { subpaths } from './subpaths';

const ROOT = join(__dirname, '..', '..');
const LIST = '__tests__/packaging/public-api.json';
const listed = JSON.parse(readFileSync(join(ROOT, LIST), 'utf8')) as Record<string, string[]>;

describe.each(subpaths().map((subpath) => [subpath.specifier, subpath] as const))(
  '%s',
  (specifier, { built, types, source }) => {
    it(`exports what ${LIST} lists, in alphabetical order`, () => {
      const exported = Object.keys(jest.requireActual<object>(source)).sort();
      expect(exported).toEqual(listed[specifier] ?? []);
      expect(exported).not.toEqual([]);
    });

    it('names a file that the build makes from lib/', () => {
      expect(existsSync(source)).toBe(true);
      expect(types).toBe(built.replace(/\.js$/, '.d.ts'));
    });
  },
);

describe('the list of exports', () => {
  it('names no entry point that package.json does not export', () => {
    expect(Object.keys(listed).sort()).toEqual(
      subpaths()
        .map((subpath) => subpath.specifier)
        .sort(),
    );
  });
});
