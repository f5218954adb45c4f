/** What `latchkey check` says of a token, and that it never repeats one. */
import { createTokenFormat } from '../../lib/keys/token-format';
import { runMain } from './fake-io';

const format = createTokenFormat();
const { token, id } = format.generate('scoped');
const secret = token.slice(-38);

describe('a whole token', () => {
  it.each([
    ['as an argument', [token], ''],
    ['on standard input', [], `${token}\n`],
    ['with spaces and CRLF around it', [], `  ${token}\r\nnot read\n`],
    ['without an end of line', [], token],
  ])('%s: kind, id, checksum', async (_title, args, input) => {
    expect(await runMain(['check', ...args], { input })).toEqual({
      code: 0,
      stdout: `kind      scoped\nid        ${id}\nchecksum  matches\n`,
      stderr: '',
    });
  });

  it('as JSON', async () => {
    const { code, stdout } = await runMain(['check', '--json', token]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ wellFormed: true, kind: 'scoped', id });
  });
});

describe('what is no whole token', () => {
  const wrong = token.slice(0, -1) + (token.endsWith('0') ? '1' : '0');

  it.each([
    ['cut off', token.slice(0, -3), 'It has 54 characters; a scoped key has 57.'],
    ['joined to something', `${token}${token}`, 'It has 114 characters; a scoped key has 57.'],
    ['mistyped', wrong, 'Its checksum does not match'],
    ['of other characters', `${token.slice(0, -1)}-`, 'other than letters and digits'],
    ['of another API', `xx_${token.slice(3)}`, 'It begins with none of sk_, pk_, tk_, rk_.'],
  ])('%s: what is wrong, and nothing of it', async (_title, text, problem) => {
    const { code, stdout, stderr } = await runMain(['check', text]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(problem);
    const asJson = await runMain(['check', '--json', text]);
    expect(asJson.code).toBe(1);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ wellFormed: false });
    for (const output of [stderr, asJson.stdout]) {
      expect(output).not.toContain(secret.slice(0, 12));
      expect(output).not.toContain(id);
    }
  });

  it('nothing at all is a wrong call', async () => {
    expect(await runMain(['check'], { input: '\n' })).toMatchObject({ code: 2, stdout: '' });
  });

  it('a terminal is told what to do', async () => {
    const { stderr } = await runMain(['check'], { input: `${token}\n`, stdinIsTty: true });
    expect(stderr).toBe('Paste the token and press Enter:\n');
  });
});
