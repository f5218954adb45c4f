/** The tables of options list every option, and no other. */
import { declared, firstColumn, sections } from './declared';

describe('the table of options', () => {
  it.each([
    ['README.md', 'Options', 'lib/option-types.ts', 'ApiKeysOptions'],
    ['docs/middleware.md', 'Options', 'lib/api-key-auth.ts', 'ApiKeyAuthOptions'],
  ])('in %s, %s, is that of %s, %s', (document, heading, file, name) => {
    const listed = firstColumn(sections(document, 2).get(heading) ?? '');
    expect(listed.sort()).toEqual(declared(file, name).sort());
  });
});
