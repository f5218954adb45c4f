/** The help of every command, and how wrong calls end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram } from '../../lib/cli/program';
import type { Io } from '../../lib/cli/io';
import { runMain } from './fake-io';

const commands = createProgram({ io: {} as Io, exitCode: 0 }, []).commands;
const names = commands.map((command) => command.name());
const STORELESS = ['check', 'scan-rules'];

describe('the help', () => {
  it.each([[[]], [['--help']], [['help']]])('%j lists every command, and how to begin', async (args) => {
    const { code, stdout, stderr } = await runMain(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of names) expect(stdout).toMatch(new RegExp(`^ {2}${name} .*\\S`, 'm'));
    expect(stdout).toContain('npx latchkey init');
  });

  it.each(names)('of %s says what it does, with examples', async (name) => {
    const { code, stdout } = await runMain([name, '--help']);
    const command = commands.find((each) => each.name() === name);
    expect(code).toBe(0);
    expect(command?.description().length).toBeGreaterThan(60);
    const [, examples = ''] = stdout.split('\nExamples:\n');
    expect(examples).toContain(`npx latchkey ${name}`);
    expect(stdout.includes('--store <url>')).toBe(!STORELESS.includes(name));
  });

  it.each(
    commands.flatMap((each) => each.options.map((option) => [each.name(), option.flags, option.description])),
  )('of %s describes %s', (_name, _flags, description) => {
    expect(description).not.toBe('');
  });

  it('offers no option for a secret', () => {
    const flags = commands.flatMap((each) => each.options.map((option) => option.flags));
    expect(flags.filter((flag) => /pepper|password|secret/.test(flag))).toEqual([]);
  });
});

describe('--version', () => {
  it('is that of the package', async () => {
    const { version } = jest.requireActual<{ version: string }>('../../package.json');
    expect(await runMain(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('a wrong call ends with 2 and one sentence', () => {
  it.each([
    ['an unknown command', ['creat'], "unknown command 'creat' (Did you mean create?)"],
    ['an unknown option', ['list', '--colour'], "unknown option '--colour'"],
    ['a missing argument', ['show'], "missing required argument 'id'"],
    ['a missing option', ['create'], "required option '--name <text>' not specified"],
    [
      'too many arguments',
      ['show', 'a', 'b'],
      "too many arguments for 'show'. Expected 1 argument but got 2.",
    ],
    [
      'a kind that cannot be created',
      ['create', '--name', 'x', '--kind', 'temporary'],
      'is invalid. Allowed choices',
    ],
    ['no store', ['list'], 'Which store? Give --store sqlite:./keys.db'],
    ['a store in memory', ['list', '--store', 'sqlite::memory:'], 'must name a file'],
    [
      'a store of another kind',
      ['list', '--store', 'mongodb://u:pa55word@h/d'],
      'no store for mongodb: URLs',
    ],
    ['a URL that is none', ['list', '--store', 'postgres://u:pa55word@h:port/d'], 'cannot be read'],
    ['a path for a URL', ['list', '--store', './pa55word.db'], 'must be given as a URL'],
    [
      'a prefix for Redis',
      ['list', '--store', 'redis://h', '--table-prefix', 'a_'],
      '--table-prefix goes with SQL',
    ],
    ['a missing configuration', ['list', '--config', 'no.js'], 'There is no configuration at /no.js.'],
    [
      'a duration that is none',
      ['rotate', 'x', '--overlap', 'soon'],
      '--overlap must be a duration such as 30s',
    ],
    [
      'a moment without its zone',
      ['create', '--name', 'x', '--expires', '2027-01-31T12:00'],
      '--expires must be a date',
    ],
    ['a day that is none', ['create', '--name', 'x', '--expires', '2027-02-30'], '--expires must be a date'],
    ['a rate that is none', ['create', '--name', 'x', '--rate-limit', '10'], '--rate-limit must read'],
    ['a quota that is none', ['create', '--name', 'x', '--quota', '10/week'], '--quota must read'],
    [
      'metadata that are none',
      ['create', '--name', 'x', '--metadata', '[1]'],
      '--metadata must be a JSON object',
    ],
    ['a limit that is none', ['list', '--limit', 'many'], '--limit must be a whole number'],
  ])('%s', async (_title, args, message) => {
    const { code, stdout, stderr } = await runMain(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const [first = '', ...rest] = stderr.trimEnd().split('\n');
    expect(first).toMatch(/^latchkey: /);
    expect(first).toContain(message);
    expect(stderr).not.toContain('pa55word');
    expect(rest.length).toBeLessThanOrEqual(1);
  });

  it('without control characters, whatever was typed', async () => {
    const { stderr } = await runMain(['\u001b[2Jcreate']);
    expect(stderr.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

describe('what fails ends with 1', () => {
  const at = (store: string, ...args: string[]) => runMain([...args, '--store', store]);

  it('a server that does not answer, without the password', async () => {
    for (const scheme of ['postgres', 'mysql', 'mariadb', 'redis']) {
      const { code, stderr } = await at(`${scheme}://u:pa55word@127.0.0.1:1/d`, 'list');
      expect({ scheme, code }).toEqual({ scheme, code: 1 });
      expect(stderr).toMatch(/^latchkey: The store cannot be asked: .*ECONNREFUSED.*\.\n$/);
      expect(stderr).not.toContain('pa55word');
    }
  });

  it('a SQLite file that is not there', async () => {
    const { code, stderr } = await at('sqlite:./no/such.db', 'list');
    expect(code).toBe(1);
    expect(stderr).toContain('Make it with: npx latchkey init --store sqlite:./no/such.db');
  });

  it('a SQLite file in a folder that is not there', async () => {
    const { code, stderr } = await at('sqlite:./no/such.db', 'init');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^latchkey: The database \/no\/such\.db cannot be opened: .*directory does not exist\.\n$/,
    );
  });
});

describe('a pepper', () => {
  it.each([
    ['that is too short', 'short', /^latchkey: LATCHKEY_PEPPER .*at least 32 characters/],
    [
      'in JSON that is broken',
      '["a pepper of more than thirty-two characters"',
      /LATCHKEY_PEPPER starts with \[/,
    ],
  ])('%s is refused, and not repeated', async (_title, pepper, message) => {
    const { code, stderr } = await runMain(['list', '--store', 'sqlite:/dev/null'], {
      env: { LATCHKEY_PEPPER: pepper },
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain(pepper);
  });
});

describe('the executable', () => {
  it('is what package.json names, and says which interpreter runs it', () => {
    const { bin } = jest.requireActual<{ bin: { latchkey: string } }>('../../package.json');
    expect(bin).toEqual({ latchkey: './dist/cli/bin.js' });
    const source = readFileSync(join(__dirname, '..', '..', 'lib', 'cli', 'bin.ts'), 'utf8');
    expect(source).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});
