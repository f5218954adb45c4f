import fc from 'fast-check';
import { InvalidValueError } from '../../lib/errors';
import { compileHosts, normalizeHost } from '../../lib/keys/hosts';

describe('normalizeHost', () => {
  it.each([
    ['API.example.com', 'api.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['192.0.2.1', '192.0.2.1'],
    ['[::0001]', '[::1]'],
  ])('%s becomes %s', (entry, host) => {
    expect(normalizeHost(entry)).toBe(host);
  });

  it.each<unknown>([
    '',
    'api.example.com.',
    'api.example.com:443',
    'https://api.example.com',
    '*.example.com',
    7,
    null,
  ])('refuses %j', (entry) => {
    expect(() => normalizeHost(entry as string)).toThrow(InvalidValueError);
  });
});

describe('compileHosts', () => {
  const list = compileHosts(['API.example.com', 'bücher.example', '[::1]', 'no host', 7 as never]);

  it.each<[string | undefined, boolean]>([
    ['api.example.com', true],
    ['Api.Example.com', true],
    ['api.example.com:8443', true],
    ['api.example.com:', true],
    ['API.example.com:80', true],
    ['xn--bcher-kva.example', true],
    ['[::1]', true],
    ['[::1]:3000', true],
    ['b\u00fccher.example', false],
    ['api.example.com.', false],
    ['api.example.com.:443', false],
    ['api.example.com:443:443', false],
    ['api.example.com:443456', false],
    ['api.example.com:x', false],
    ['evil.api.example.com', false],
    ['api.example.com@evil.example', false],
    ['example.com', false],
    ['no host', false],
    ['::1', false],
    ['', false],
    [undefined, false],
  ])('%j is %s', (header, allowed) => {
    expect(list.allows(header)).toBe(allowed);
  });

  it('allows nothing when it is empty, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (header) => {
        expect(compileHosts([]).allows(header)).toBe(false);
        expect(typeof list.allows(header)).toBe('boolean');
      }),
    );
  });
});
