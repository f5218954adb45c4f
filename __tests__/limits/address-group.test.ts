/** Whom an address counts as. */
import { addressGroup } from '../../lib/limits/address-group';

describe('addressGroup', () => {
  it.each([
    ['192.0.2.1', 56, '192.0.2.1'],
    ['::ffff:192.0.2.1', 56, '192.0.2.1'],
    ['::FFFF:192.0.2.1', 56, '192.0.2.1'],
    ['::ffff:c000:201', 56, '192.0.2.1'],
    ['0:0:0:0:0:ffff:c000:0201', 56, '192.0.2.1'],
    ['2001:db8:1:2ff::1', 56, '2001:db8:1:200::/56'],
    ['2001:db8:1:2ab:9:8:7:6', 56, '2001:db8:1:200::/56'],
    ['2001:db8:1:2ab:9:8:7:6', 64, '2001:db8:1:2ab::/64'],
    ['2001:db8:1:2ab:9:8:7:6', 48, '2001:db8:1:0::/48'],
    ['2001:db8:1:2ab:9:8:7:6', 32, '2001:db8:0:0::/32'],
    ['::1', 56, '0:0:0:0::/56'],
    ['fe80::1%eth0', 64, 'fe80:0:0:0::/64'],
    ['::ffff:999.0.2.1', 56, 'unknown'],
    ['no address', 56, 'unknown'],
    ['', 56, 'unknown'],
    [undefined, 56, 'unknown'],
  ])('%s by /%i is %s', (address, prefix, group) => {
    expect(addressGroup(address, prefix)).toBe(group);
  });
});
