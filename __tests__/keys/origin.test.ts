import fc from 'fast-check';
import { defaultPort, parseOrigin } from '../../lib/keys/origin';

describe('parseOrigin', () => {
  it.each([
    ['https://app.example.com', 'https', 'app.example.com', null],
    ['http://localhost:3000', 'http', 'localhost', 3000],
    ['https://example.com:65535', 'https', 'example.com', 65535],
    ['https://example.com:80', 'https', 'example.com', 80],
    ['https://xn--bcher-kva.example', 'https', 'xn--bcher-kva.example', null],
    ['https://192.0.2.1', 'https', '192.0.2.1', null],
    ['http://[::1]:8080', 'http', '[::1]', 8080],
    ['chrome-extension://abcdefgh', 'chrome-extension', 'abcdefgh', null],
  ])('reads %s', (header, scheme, host, port) => {
    expect(parseOrigin(header)).toEqual({ scheme, host, port });
  });

  it.each([
    '',
    'null',
    '*',
    'app.example.com',
    '//app.example.com',
    'https:app.example.com',
    'https:/app.example.com',
    'https:\\\\app.example.com',
    'https://',
    'https://app.example.com/',
    'https://app.example.com/path',
    'https://app.example.com?q',
    'https://app.example.com#f',
    'https://app.example.com.',
    'https://.example.com',
    'https://a..b',
    'https://-a.example.com',
    'https://user@app.example.com',
    'https://user:pass@app.example.com',
    'https://app.example.com@evil.example',
    'HTTPS://app.example.com',
    'https://APP.example.com',
    'https://bücher.example',
    'https://app.example.com:443',
    'http://app.example.com:80',
    'https://app.example.com:',
    'https://app.example.com:0',
    'https://app.example.com:08080',
    'https://app.example.com:65536',
    'https://app.example.com:443x',
    'https://app.example.com ',
    ' https://app.example.com',
    'https://app.example.com https://evil.example',
    'https://app.example.com, https://evil.example',
    'https://app.example.com\n',
    'https://app.example.com\0',
    'https://app.example.com%00',
    'https://app.example%2ecom',
    'https://127.1',
    'https://[::1',
    'https://[0:0:0:0:0:0:0:1]',
    'https://[fe80::1%25eth0]',
    'https://*.example.com',
  ])('refuses %j', (header) => {
    expect(parseOrigin(header)).toBeNull();
  });

  it('accepts only what the URL standard serializes to itself', () => {
    const header = fc
      .tuple(
        fc.constantFrom('https', 'http', 'HTTPS', 'https:'),
        fc.oneof(fc.domain(), fc.ipV4Extended(), fc.string({ unit: 'binary', maxLength: 8 })),
        fc.option(fc.nat(70_000)),
        fc.constantFrom('', '/', '.', '?', '#', '@a.b', '\\', '\t'),
      )
      .map(
        ([scheme, host, port, tail]) =>
          `${scheme}://${host}${port === null ? '' : `:${String(port)}`}${tail}`,
      );
    fc.assert(
      fc.property(header, (text) => {
        if (parseOrigin(text) !== null) expect(new URL(text).origin).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('defaultPort', () => {
  it.each([
    ['http', 80],
    ['https', 443],
    ['ftp', undefined],
  ])('of %s is %s', (scheme, port) => {
    expect(defaultPort(scheme)).toBe(port);
  });
});
