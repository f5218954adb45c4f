import fc from 'fast-check';
import { InvalidValueError } from '../../lib/errors';
import { compileOrigins, normalizeOrigin } from '../../lib/keys/origin-list';

describe('normalizeOrigin', () => {
  it.each([
    ['https://app.example.com', 'https://app.example.com'],
    ['HTTPS://App.Example.COM', 'https://app.example.com'],
    ['https://app.example.com:443', 'https://app.example.com'],
    ['https://app.example.com:8443', 'https://app.example.com:8443'],
    ['https://app.example.com:08443', 'https://app.example.com:8443'],
    ['http://app.example.com', 'http://app.example.com'],
    ['http://app.example.com:80', 'http://app.example.com'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
    ['http://192.0.2.1:8080', 'http://192.0.2.1:8080'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['Viewer.example.com', 'viewer.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['https://*.Example.com', 'https://*.example.com'],
    ['https://*.example.com:443', 'https://*.example.com'],
    ['https://*.example.com:8443', 'https://*.example.com:8443'],
    ['localhost', 'localhost'],
    ['Localhost', 'localhost'],
  ])('%s becomes %s', (entry, normal) => {
    expect(normalizeOrigin(entry)).toBe(normal);
    expect(normalizeOrigin(normal)).toBe(normal);
  });

  it.each<[unknown, string]>([
    ['', 'write https://app.example.com'],
    ['*', 'is not an allowed origin'],
    ['null', 'what pages without an origin send'],
    ['NULL', 'what pages without an origin send'],
    ['https://*', 'is not an allowed origin'],
    ['https://*.com', 'two labels or more'],
    ['https://*.localhost', 'two labels or more'],
    ['https://*.192.0.2.1', 'two labels or more'],
    ['https://*.[::1]', 'two labels or more'],
    ['http://*.example.com', 'a wildcard takes https alone'],
    ['*.example.com', 'write https://*.example.com'],
    ['example.com:8443', 'write https://example.com:8443'],
    ['https://a.*.example.com', 'is not an allowed origin'],
    ['https://*a.example.com', 'is not an allowed origin'],
    ['https://*.*.example.com', 'is not an allowed origin'],
    ['https://app.example.com/', 'is not an allowed origin'],
    ['https://app.example.com/path', 'is not an allowed origin'],
    ['https://app.example.com?q', 'is not an allowed origin'],
    ['https://app.example.com#f', 'is not an allowed origin'],
    ['https://user@app.example.com', 'is not an allowed origin'],
    ['https://app.example.com.', '"app.example.com." is no host name'],
    ['https://a..b', 'is no host name'],
    ['https://app.example.com:0', 'a port is a number from 1 to 65535'],
    ['https://app.example.com:65536', 'a port is a number from 1 to 65535'],
    ['https://app.example.com:x', 'is not an allowed origin'],
    ['ftp://app.example.com', 'the scheme must be https or http'],
    ['chrome-extension://abc', 'is not an allowed origin'],
    [' https://app.example.com', 'is not an allowed origin'],
    ['https://app.example.com\n', 'is not an allowed origin'],
    ['https://127.1', 'is no host name'],
    [null, 'null is not an allowed origin'],
    [7, '7 is not an allowed origin'],
    [['https://app.example.com'], 'an array of 1 is not'],
  ])('refuses %j: %s', (entry, message) => {
    expect(() => normalizeOrigin(entry as string)).toThrow(InvalidValueError);
    expect(() => normalizeOrigin(entry as string)).toThrow(message);
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.domain(), fc.string({ unit: 'binary' })), (entry) => {
        let normal;
        try {
          normal = normalizeOrigin(entry);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidValueError);
          return;
        }
        expect(normalizeOrigin(normal)).toBe(normal);
      }),
    );
  });
});

describe('compileOrigins', () => {
  it.each<[string[], string, boolean]>([
    [[], 'https://app.example.com', false],
    [[], 'null', false],
    [['https://app.example.com'], 'https://app.example.com', true],
    [['HTTPS://App.example.com:443'], 'https://app.example.com', true],
    [['https://app.example.com'], 'http://app.example.com', false],
    [['https://app.example.com'], 'https://app.example.com:8443', false],
    [['https://app.example.com'], 'https://app.example.com:443', false],
    [['https://app.example.com'], 'https://app.example.com.', false],
    [['https://app.example.com'], 'https://app.example.com/', false],
    [['https://app.example.com'], 'https://x.app.example.com', false],
    [['https://app.example.com'], 'https://example.com', false],
    [['https://app.example.com:8443'], 'https://app.example.com:8443', true],
    [['https://app.example.com:8443'], 'https://app.example.com', false],
    [['http://localhost:3000'], 'http://localhost:3000', true],
    [['http://localhost:3000'], 'http://localhost:3001', false],
    [['viewer.example.com'], 'https://viewer.example.com', true],
    [['viewer.example.com'], 'http://viewer.example.com', false],
    [['viewer.example.com'], 'https://viewer.example.com:8443', false],
    [['viewer.example.com'], 'viewer.example.com', false],
    [['https://*.example.com'], 'https://app.example.com', true],
    [['https://*.example.com'], 'https://a.b.example.com', true],
    [['https://*.example.com'], 'https://example.com', false],
    [['https://*.example.com'], 'https://evilexample.com', false],
    [['https://*.example.com'], 'https://app.example.com.evil.example', false],
    [['https://*.example.com'], 'http://app.example.com', false],
    [['https://*.example.com'], 'https://app.example.com:8443', false],
    [['https://*.example.com'], 'https://.example.com', false],
    [['https://*.example.com'], 'https://*.example.com', false],
    [['https://*.example.com'], 'https://evil.example/.example.com', false],
    [['https://*.example.com'], 'https://evil.example#.example.com', false],
    [['https://*.example.com'], 'https://user@app.example.com', false],
    [['https://*.example.com'], 'https://localhost', false],
    [['https://*.example.com:8443'], 'https://app.example.com:8443', true],
    [['https://*.example.com:8443'], 'https://app.example.com', false],
    [['https://*.example.com', 'https://example.com'], 'https://example.com', true],
    [['localhost'], 'http://localhost', true],
    [['localhost'], 'https://localhost:3000', true],
    [['localhost'], 'http://localhost:5173', true],
    [['localhost'], 'ftp://localhost', false],
    [['localhost'], 'http://localhost.evil.example', false],
    [['localhost'], 'http://evil.localhost', false],
    [['localhost'], 'http://127.0.0.1', false],
    [['localhost'], 'https://app.example.com', false],
    [['localhost', 'https://*.example.com'], 'http://app.localhost', false],
    [['bücher.example'], 'https://xn--bcher-kva.example', true],
    [['*', 'null', '', 'https://*.com'], 'null', false],
    [['*', 'null', '', 'https://*.com'], 'https://a.com', false],
    [['*', 'https://app.example.com'], 'https://app.example.com', true],
  ])('%j with %s is %s', (entries, origin, allowed) => {
    expect(compileOrigins(entries).allows(origin)).toBe(allowed);
  });

  const entries = ['https://app.example.com', 'viewer.example.com', 'https://*.example.org', 'localhost'];
  const list = compileOrigins(entries);
  const allowed =
    /^https:\/\/(app|viewer)\.example\.com$|^https:\/\/([a-z0-9_-]+\.)+example\.org$|^https?:\/\/localhost(:[1-9]\d*)?$/;

  it('lets no hostile origin through', () => {
    const base = fc.constantFrom(
      'https://app.example.com',
      'https://a.example.org',
      'http://localhost',
      'null',
    );
    const noise = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom(
        '.',
        '@',
        '/',
        '\\',
        ':443',
        '%2e',
        '\0',
        '\t',
        '.evil.example',
        'evil',
        '#',
        '?',
        '*',
        'ı',
      ),
    );
    const hostile = fc.tuple(base, noise, fc.nat(30)).map(([origin, text, at]) => {
      const i = at % (origin.length + 1);
      return origin.slice(0, i) + text + origin.slice(i);
    });
    fc.assert(
      fc.property(hostile, (origin) => {
        if (list.allows(origin)) expect(origin).toMatch(allowed);
      }),
      { numRuns: 3000 },
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary' })),
        fc.string({ unit: 'binary' }),
        (written, origin) => {
          expect(typeof compileOrigins([...written, ...entries]).allows(origin)).toBe('boolean');
        },
      ),
    );
  });

  it('answers a hostile length in linear time', () => {
    const started = performance.now();
    expect(list.allows(`https://${'a.'.repeat(200_000)}example.org`)).toBe(false);
    expect(list.allows(`https://${'-'.repeat(400_000)}`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(200);
  });
});
