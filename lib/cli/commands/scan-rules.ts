/** `npx latchkey scan-rules`: rules for secret scanners. */
import { Option } from 'commander';
import { KEY_KINDS, type KeyKind } from '../../keys/kinds';
import { withConfig, withExamples, withJson, type AddCommand, type CommonOptions } from '../command-options';
import { loadConfig } from '../load-config';
import { safeJson } from '../safe-text';
import { githubPatterns, gitleaksRules, scanRules } from '../scan-rules';
import { renderFields } from '../table';
import { tokenFormatOf } from '../token-format-of';

interface ScanRulesOptions extends CommonOptions {
  readonly for: 'gitleaks' | 'github';
  readonly kind: readonly KeyKind[];
}

/** Publishable keys are left out: they stand in web pages for everyone to read. */
const SECRET_KINDS = KEY_KINDS.filter((kind) => kind !== 'publishable');

/** Adds `scan-rules`. */
export const addScanRules: AddCommand = (program, { io }) => {
  const command = program
    .command('scan-rules')
    .summary('print rules with which secret scanners find leaked tokens')
    .description(
      'Prints rules with which a secret scanner finds the tokens of this API in code: a configuration for gitleaks,\n' +
        "or what to enter in GitHub's form for custom patterns. Asks no store. Publishable keys are left out unless\n" +
        '--kind names them: they are meant to be seen.',
    )
    .addOption(
      new Option('--for <scanner>', 'the scanner').choices(['gitleaks', 'github']).default('gitleaks'),
    )
    .addOption(
      new Option('--kind <kinds...>', 'the kinds of key').choices([...KEY_KINDS]).default(SECRET_KINDS),
    );
  withExamples(
    withJson(withConfig(command)),
    'npx latchkey scan-rules --config latchkey.config.js > .gitleaks.toml',
    'npx latchkey scan-rules --for github',
  ).action(async (options: ScanRulesOptions) => {
    const format = tokenFormatOf(await loadConfig(options.config, io.cwd));
    const rules = scanRules([...new Set(options.kind)], format);
    if (options.for === 'gitleaks') {
      return io.out(options.json === true ? safeJson(rules) : gitleaksRules(rules));
    }
    const patterns = githubPatterns(rules, (kind) => format.generate(kind).token);
    if (options.json === true) return io.out(safeJson(patterns));
    const forms = patterns.map((pattern) =>
      renderFields([
        ['Pattern name', pattern.patternName],
        ['Secret format', pattern.secretFormat],
        ['Before secret', pattern.beforeSecret],
        ['After secret', pattern.afterSecret],
        ['Test string', `${pattern.testString} (made for this test; no key has it)`],
      ]),
    );
    return io.out(forms.join('\n'));
  });
};
