import fc from 'fast-check';
import { InvalidValueError } from '../../lib/errors';
import { compileAddresses, normalizeAddress } from '../../lib/keys/addresses';

describe('normalizeAddress', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1/32', '192.0.2.1'],
    ['192.0.2.0/24', '192.0.2.0/24'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['192.0.2.254/31', '192.0.2.254/31'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['2001:db8::1/128', '2001:db8::1'],
    ['2001:db8::/32', '2001:db8::/32'],
    ['2001:db8:1:2:3:4:5:0/112', '2001:db8:1:2:3:4:5:0/112'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['::/0', '::/0'],
    ['::1', '::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.0/120', '192.0.2.0/24'],
    ['::FFFF:0:0/96', '0.0.0.0/0'],
  ])('%s becomes %s', (entry, normal) => {
    expect(normalizeAddress(entry)).toBe(normal);
    expect(normalizeAddress(normal)).toBe(normal);
  });

  it.each([
    ['10.0.0.1/8', '10.0.0.0/8'],
    ['192.0.2.255/31', '192.0.2.254/31'],
    ['192.0.2.1/0', '0.0.0.0/0'],
    ['2001:db8::1/32', '2001:db8::/32'],
    ['1:2:3:4:5:6:7:8/64', '1:2:3:4::/64'],
    ['::ffff:192.0.2.1/120', '192.0.2.0/24'],
  ])('%s has host bits: the message names %s', (entry, network) => {
    expect(() => normalizeAddress(entry)).toThrow(InvalidValueError);
    expect(() => normalizeAddress(entry)).toThrow(`the network is ${network}`);
  });

  it.each<unknown>([
    '',
    '*',
    'localhost',
    '192.0.2',
    '192.0.2.256',
    '192.0.02.1',
    '0x7f.0.0.1',
    '2130706433',
    '192.0.2.1/33',
    '192.0.2.0/-1',
    '192.0.2.0/024',
    '192.0.2.0/',
    '192.0.2.0/24/24',
    '192.0.2.0/255.255.255.0',
    '192.0.2.1-192.0.2.9',
    '192.0.2.1 ',
    '2001:db8::/129',
    '::ffff:0:0/95',
    'fe80::1%eth0',
    'fe80::%1/64',
    '[::1]',
    '1::2::3',
    null,
    7,
  ])('refuses %j', (entry) => {
    expect(() => normalizeAddress(entry as string)).toThrow(InvalidValueError);
  });
});

describe('compileAddresses', () => {
  it.each<[string[], string | undefined, boolean]>([
    [['192.0.2.1'], '192.0.2.1', true],
    [['192.0.2.1'], '192.0.2.2', false],
    [['192.0.2.1'], '::ffff:192.0.2.1', true],
    [['192.0.2.1'], '::ffff:c000:201', true],
    [['192.0.2.1'], '0:0:0:0:0:FFFF:192.0.2.1', true],
    [['192.0.2.1'], '::192.0.2.1', false],
    [['192.0.2.0/24'], '192.0.2.255', true],
    [['192.0.2.0/24'], '::ffff:192.0.2.7', true],
    [['192.0.2.0/24'], '192.0.3.0', false],
    [['0.0.0.0/0'], '203.0.113.9', true],
    [['0.0.0.0/0'], '2001:db8::1', false],
    [['::/0'], '2001:db8::1', true],
    [['::/0'], '192.0.2.1', false],
    [['::/0'], '::ffff:192.0.2.1', false],
    [['192.0.2.0/24', '10.0.0.0/8'], '10.1.2.3', true],
    [['192.0.2.0/24', '10.0.0.0/8'], '192.0.2.3', true],
    [['::ffff:192.0.2.0/120'], '192.0.2.9', true],
    [['2001:db8::/32'], '2001:DB8:0::9', true],
    [['2001:db8::/32'], '2001:db9::', false],
    [['2001:db8::1'], '2001:db8:0:0::1', true],
    [['::/0'], 'fe80::1%eth0', false],
    [['0.0.0.0/0'], '192.0.2.1, 10.0.0.1', false],
    [['0.0.0.0/0'], '192.0.2.1:443', false],
    [['0.0.0.0/0', '::/0'], 'unknown', false],
    [['0.0.0.0/0', '::/0'], '', false],
    [['0.0.0.0/0', '::/0'], undefined, false],
    [['10.0.0.1/8', 'nonsense'], '10.0.0.1', false],
    [['nonsense'], 'nonsense', false],
    [[], '192.0.2.1', false],
  ])('%j with %s is %s', (entries, ip, allowed) => {
    expect(compileAddresses(entries).allows(ip)).toBe(allowed);
  });

  it('agrees with plain arithmetic on IPv4 ranges', () => {
    const value = (ip: string) => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.nat(32), (base, ip, prefix) => {
        const size = 2 ** (32 - prefix);
        const first = Math.floor(value(base) / size) * size;
        const network = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.');
        const inside = Math.floor(value(ip) / size) * size === first;
        expect(compileAddresses([`${network}/${String(prefix)}`]).allows(ip)).toBe(inside);
      }),
    );
  });

  it('finds each IPv6 address in the network that the message names', () => {
    fc.assert(
      fc.property(fc.ipV6(), fc.integer({ min: 0, max: 128 }), (ip, prefix) => {
        fc.pre(!/^(0*:)*:?(0*:)*ffff:/i.test(ip));
        const entry = `${ip}/${String(prefix)}`;
        let network;
        try {
          network = normalizeAddress(entry);
        } catch (error) {
          network = /the network is (\S+)/.exec((error as Error).message)?.[1] ?? '';
        }
        expect(normalizeAddress(network)).toBe(network);
        expect(compileAddresses([network]).allows(ip)).toBe(true);
      }),
    );
  });
});
