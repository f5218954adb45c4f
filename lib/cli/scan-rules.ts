/** Rules with which secret scanners find the tokens of this API. */
import { CHECKSUM_LENGTH } from '../keys/checksum';
import type { KeyKind } from '../keys/kinds';
import { ID_LENGTH, SECRET_LENGTH, type TokenFormat } from '../keys/token-format';

/** What finds the tokens of one kind. Every expression keeps to what RE2 and Hyperscan both know. */
export interface ScanRule {
  readonly kind: KeyKind;
  readonly prefix: string;
  /** The token itself. */
  readonly format: string;
  /** What may stand before it: anything but a character of a longer word. */
  readonly before: string;
  /** What may stand behind it. */
  readonly after: string;
}

const BODY = `[0-9A-Za-z]{${String(ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH)}}`;
/**
 * Bits a character that a random body passes by far (about 5), and text that somebody made up, such as a row of
 * x in an example, does not.
 */
const ENTROPY = 3.5;

/** The rule of each kind. */
export function scanRules(kinds: readonly KeyKind[], { prefixes }: TokenFormat): ScanRule[] {
  return kinds.map((kind) => ({
    kind,
    prefix: prefixes[kind],
    format: prefixes[kind].replaceAll('.', '\\.') + BODY,
    before: '\\A|[^0-9A-Za-z_]',
    after: '\\z|[^0-9A-Za-z_]',
  }));
}

/** A configuration of gitleaks (8.x), whose expressions are RE2. */
export function gitleaksRules(rules: readonly ScanRule[]): string {
  const tables = rules.map(({ kind, prefix, format }) =>
    [
      '[[rules]]',
      `id = "latchkey-${kind}-key"`,
      `description = "API key (${kind}), as latchkey makes them with the prefix ${prefix}"`,
      // Both ends are word boundaries: the prefix begins and the body ends with a letter or a digit.
      `regex = '''\\b(${format})\\b'''`,
      'secretGroup = 1',
      `entropy = ${String(ENTROPY)}`,
      `keywords = ["${prefix.toLowerCase()}"]`,
    ].join('\n'),
  );
  return `${['title = "API keys"', '[extend]\nuseDefault = true', ...tables].join('\n\n')}\n`;
}

/** The fields of GitHub's form for custom patterns. `sample` makes a token that belongs to no key. */
export function githubPatterns(
  rules: readonly ScanRule[],
  sample: (kind: KeyKind) => string,
): readonly {
  readonly patternName: string;
  readonly secretFormat: string;
  readonly beforeSecret: string;
  readonly afterSecret: string;
  readonly testString: string;
}[] {
  return rules.map(({ kind, format, before, after }) => ({
    patternName: `API key (${kind})`,
    secretFormat: format,
    beforeSecret: before,
    afterSecret: after,
    testString: sample(kind),
  }));
}
