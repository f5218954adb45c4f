/** The rules for secret scanners find every token of the host, and nothing that only looks like one. */
import { RE2JS } from 're2js';
import { githubPatterns, gitleaksRules, scanRules } from '../../lib/cli/scan-rules';
import { KEY_KINDS, type KeyKind } from '../../lib/keys/kinds';
import { createTokenFormat } from '../../lib/keys/token-format';
import { runMain } from './fake-io';

/** Its types are those of an ES module, which this file is not. */
const { parse } = jest.requireActual<{ parse: (text: string) => unknown }>('smol-toml');

interface GitleaksRule {
  readonly id: string;
  readonly regex: string;
  readonly secretGroup: number;
  readonly entropy: number;
  readonly keywords: readonly string[];
}

/** What gitleaks does with a rule: keywords first, then the expression, then the entropy of its group. */
function gitleaksFinds(rule: GitleaksRule, text: string): string | null {
  if (!rule.keywords.some((keyword) => text.toLowerCase().includes(keyword))) return null;
  const matcher = RE2JS.compile(rule.regex).matcher(text);
  if (!matcher.find()) return null;
  const secret = matcher.group(rule.secretGroup) ?? '';
  return entropy(secret) > rule.entropy ? secret : null;
}

/** Bits a character (Shannon). */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => {
    const share = count / text.length;
    return sum - share * Math.log2(share);
  }, 0);
}

function githubFinds(
  { beforeSecret, secretFormat, afterSecret }: ReturnType<typeof githubPatterns>[number],
  text: string,
): string | null {
  const matcher = RE2JS.compile(`(?:${beforeSecret})(${secretFormat})(?:${afterSecret})`).matcher(text);
  return matcher.find() ? (matcher.group(1) ?? null) : null;
}

const SURROUNDINGS = [
  (token: string) => token,
  (token: string) => `API_KEY=${token}\n`,
  (token: string) => `{"key":"${token}"}`,
  (token: string) => `curl -H 'Authorization: Bearer ${token}' https://api.example.com`,
  (token: string) => `https://api.example.com/?pubtoken=${token}&x=1`,
  (token: string) => `- ${token}, and so on`,
];

describe.each([
  ['the default prefixes', {}],
  [
    'prefixes of the host',
    { secret: 'acme.sk-', publishable: 'acme.pk-', temporary: 'T.1_', scoped: '0rk.' },
  ],
])('with %s', (_title, prefixes) => {
  const format = createTokenFormat({ prefixes });
  const rules = scanRules(KEY_KINDS, format);
  const { rules: gitleaks, extend } = parse(gitleaksRules(rules)) as {
    rules: GitleaksRule[];
    extend: { useDefault: boolean };
  };
  const github = githubPatterns(rules, (kind) => format.generate(kind).token);
  const cases = KEY_KINDS.map((kind, at) => [kind, gitleaks[at]!, github[at]!] as const);

  it('the gitleaks rules come on top of its own', () => {
    expect(extend).toEqual({ useDefault: true });
    expect(new Set(gitleaks.map(({ id }) => id)).size).toBe(KEY_KINDS.length);
  });

  it.each(cases)('every %s token is found, wherever it stands, and taken whole', (kind, leak, pattern) => {
    for (let round = 0; round < 100; round += 1) {
      const { token } = format.generate(kind);
      const text = SURROUNDINGS[round % SURROUNDINGS.length]!(token);
      expect(gitleaksFinds(leak, text)).toBe(token);
      expect(githubFinds(pattern, text)).toBe(token);
    }
  });

  it.each(cases)('a near miss of a %s token is passed over', (kind, leak, pattern) => {
    const { token } = format.generate(kind);
    const prefix = format.prefixes[kind];
    const misses = {
      'a character less': token.slice(0, -1),
      'a character more': `${token}0`,
      'part of a longer word': `x${token}`,
      'a longer prefix': `_${token}`,
      'another prefix': `zz${token.slice(2)}`,
      'a character that no token has': `${token.slice(0, -5)}-${token.slice(-4)}`,
      'a token of another kind': format.generate(KEY_KINDS.find((other) => other !== kind)!).token,
      'any character for a dot': prefix.includes('.') ? token.replace('.', 'x') : '',
    };
    for (const [title, text] of Object.entries(misses)) {
      expect({ title, found: gitleaksFinds(leak, ` ${text} `) }).toEqual({ title, found: null });
      expect({ title, found: githubFinds(pattern, ` ${text} `) }).toEqual({ title, found: null });
    }
    expect(gitleaksFinds(leak, prefix + 'x'.repeat(54))).toBeNull();
  });

  it.each(cases)('the test string for %s matches its own pattern', (_kind, _leak, pattern) => {
    expect(githubFinds(pattern, pattern.testString)).toBe(pattern.testString);
  });
});

describe('latchkey scan-rules', () => {
  it('leaves publishable keys out unless they are asked for', async () => {
    const kinds = async (...args: string[]): Promise<KeyKind[]> => {
      const { stdout } = await runMain(['scan-rules', '--json', ...args]);
      return (JSON.parse(stdout) as { kind: KeyKind }[]).map(({ kind }) => kind);
    };
    expect(await kinds()).toEqual(KEY_KINDS.filter((kind) => kind !== 'publishable'));
    expect(await kinds('--kind', 'publishable', 'publishable')).toEqual(['publishable']);
  });

  it('prints the fields of the form of GitHub', async () => {
    const { code, stdout } = await runMain(['scan-rules', '--for', 'github', '--kind', 'secret']);
    expect(code).toBe(0);
    expect(stdout).toContain('Secret format  sk_[0-9A-Za-z]{54}\n');
    expect(stdout).toContain('Before secret  \\A|[^0-9A-Za-z_]\n');
  });
});
