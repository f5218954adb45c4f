/** The pages on errors and events say what the code says: every code, reason and event, and no other. */
import * as denials from '../../lib/denials';
import { ERROR_STATUS, type Denial } from '../../lib/errors';
import { filesUnder } from '../architecture/lib-sources';
import { declared, firstColumn, sections } from './declared';
import { textOf } from './markdown';

const codes = sections('docs/errors.md', 3);

describe('the page on errors', () => {
  it('has a section for each code, and for nothing else', () => {
    const known = [...Object.keys(ERROR_STATUS), ...declared('lib/errors.ts', 'ConfigurationErrorCode')];
    expect([...codes.keys()].sort()).toEqual(known.sort());
  });

  it.each(Object.entries(ERROR_STATUS))('says that %s is %d', (code, status) => {
    expect(codes.get(code)).toContain(`Status ${String(status)}`);
  });

  it.each(declared('lib/errors.ts', 'ConfigurationErrorCode'))(
    'speaks of %s, which is thrown somewhere',
    (code) => {
      const files = filesUnder('lib', ['.ts']).filter((file) => file !== 'errors.ts');
      expect(files.some((file) => textOf(`lib/${file}`).includes(`'${code}'`))).toBe(true);
    },
  );

  const cases: [string, Denial][] = [
    ['KEY_MISSING', denials.KEY_MISSING],
    ['invalidKey', denials.invalidKey('key_unknown')],
    ['keyExpired', denials.keyExpired(Date.UTC(2024, 0, 1))],
    ['insufficientScope', denials.insufficientScope(['models:write'], ['models:read'])],
    ['ORIGIN_MISSING', denials.ORIGIN_MISSING],
    ['ORIGIN_NOT_ALLOWED', denials.ORIGIN_NOT_ALLOWED],
    ['ADDRESS_NOT_ALLOWED', denials.ADDRESS_NOT_ALLOWED],
    ['CROSS_SITE', denials.CROSS_SITE],
    ['CHECK_REFUSED', denials.CHECK_REFUSED],
    ['MULTIPLE_CREDENTIALS', denials.MULTIPLE_CREDENTIALS],
    ['rateLimited', denials.rateLimited(1000, Date.UTC(2024, 0, 15, 11), Date.UTC(2024, 0, 15, 10))],
    ['KEY_NOT_FOUND', denials.KEY_NOT_FOUND],
    ['payloadTooLarge', denials.payloadTooLarge(32_768)],
    ['MISCONFIGURED', denials.MISCONFIGURED],
    ['unavailable', denials.unavailable()],
  ];

  it.each(cases)('quotes %s as it is written', (_name, { code, message, details, challenge }) => {
    const section = codes.get(code);
    const members = Object.entries(details).map(([name, value]) => `"${name}": ${JSON.stringify(value)}`);
    expect(section).toContain(`\`${message}\``);
    expect(section).toContain(members.length === 0 ? '`{}`' : `\`{ ${members.join(', ')} }\``);
    if (challenge !== null) expect(section).toContain(`\`${challenge}\``);
  });
});

describe('the page on events', () => {
  const pages = sections('docs/events.md', 2);

  it('has a row for each event, and for nothing else', () => {
    expect(firstColumn(pages.get('The events') ?? '').sort()).toEqual(
      declared('lib/service/events.ts', 'ApiKeyEvents').sort(),
    );
  });

  it('has a row for each reason of a denial, and for nothing else', () => {
    expect(firstColumn(pages.get('Why a key was denied') ?? '').sort()).toEqual(
      declared('lib/errors.ts', 'DenialReason').sort(),
    );
  });
});
