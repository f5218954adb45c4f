/** No slow suite stands outside every npm script. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, filesUnder } from './lib-sources';

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** The patterns that scripts hand to the slow configuration of jest. */
const patterns = Object.entries(scripts)
  .filter(([name]) => name.startsWith('test:'))
  .flatMap(([, command]) => command.split('--config .ci/jest.slow.config.js ')[1]?.split(' ') ?? []);

const files = filesUnder('__tests__', ['.slow-test.ts']);

describe('slow suites', () => {
  it.each(files)('%s is run by an npm script test:*', (file) => {
    expect(patterns.filter((pattern) => new RegExp(pattern).test(`__tests__/${file}`))).not.toEqual([]);
  });

  it.each(patterns)('the pattern %s names a suite', (pattern) => {
    expect(files.filter((file) => new RegExp(pattern).test(`__tests__/${file}`))).not.toEqual([]);
  });
});
