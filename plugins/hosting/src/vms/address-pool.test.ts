import { hasCode } from '@blockhost/kernel';
import { expect } from 'chai';
import fc from 'fast-check';
import { ipv4Pool, ipv6Pool } from './address-pool.js';
import { formatIp, parseIp } from './ip-address.js';

const failure = (act: () => unknown): unknown => {
  try {
    act();
    return null;
  } catch (error) {
    return error;
  }
};

describe('ipv4Pool', () => {
  it('reads bounds as host numbers, digit strings and full addresses alike', () => {
    const bounds = [
      [200, 250],
      ['200', '250'],
      ['10.20.0.200', '10.20.0.250'],
    ] as const;
    for (const [start, end] of bounds) {
      const pool = ipv4Pool({ network: '10.20.0.0/24', start, end }, []);
      expect([pool.address(pool.first), pool.address(pool.last)]).to.deep.equal([
        '10.20.0.200',
        '10.20.0.250',
      ]);
    }
  });

  it('counts host numbers from the network address of networks wider than /24', () => {
    const pool = ipv4Pool({ network: '10.20.0.0/16', start: 300, end: '10.20.2.0' }, []);
    expect(pool.address(pool.first)).to.equal('10.20.1.44');
    expect(pool.last).to.equal(512);
  });

  it('keeps network, broadcast, gateway, listed and own addresses back', () => {
    const pool = ipv4Pool(
      { network: '10.0.0.0/29', start: 0, end: 7, gateway: '10.0.0.2', exclude: ['10.0.0.3'] },
      ['10.0.0.4', 'fe80::1', '192.168.0.1'],
    );
    expect([...pool.excluded].sort()).to.deep.equal([0, 2, 3, 4, 7]);
  });

  it('has every address of a network without room for a broadcast address', () => {
    const pool = ipv4Pool({ network: '10.0.0.2/31', start: 0, end: 1, gateway: '10.0.0.9' }, []);
    expect([pool.excluded.size, pool.address(0), pool.address(1)]).to.deep.equal([0, '10.0.0.2', '10.0.0.3']);
  });

  it('names the key of a bound outside the network, a reversed range and a network with host bits', () => {
    const wrong = [
      [{ network: '10.0.0.0/24', start: 1, end: 256 }, '/ip_pool/end'],
      [{ network: '10.0.0.0/24', start: 20, end: 10 }, '/ip_pool/start'],
      [{ network: '10.0.0.1/24' }, '/ip_pool/network'],
      [{ network: '10.0.0.0/24', start: '10.0.1.5', end: 250 }, '/ip_pool/start'],
      [{ network: '10.0.0.0/24', gateway: 'router' }, '/ip_pool/gateway'],
    ] as const;
    for (const [config, key] of wrong) {
      const error = failure(() => ipv4Pool(config, []));
      expect(hasCode(error, 'config.invalid')).to.equal(true);
      expect(error).to.have.property('sentence').that.includes(key);
    }
  });
});

describe('ipv6Pool', () => {
  it('refuses a start behind the prefix, and keeps the gateway of the broker back instead of the first address', () => {
    const error = failure(() => ipv6Pool({ start: 16, end: 254 }, '2001:db8::20/124', null, []));
    expect(hasCode(error, 'config.invalid')).to.equal(true);
    const pool = ipv6Pool({ start: 0, end: 9 }, '2001:db8::/64', '2001:db8::3', []);
    expect([...pool.excluded].sort()).to.deep.equal([0, 3]);
  });

  it('clips its end to the prefix and keeps network address and gateway back', () => {
    const pool = ipv6Pool({ start: 0, end: 254 }, '2001:db8::20/124', null, ['2001:db8::25']);
    expect(pool.last).to.equal(15);
    expect([...pool.excluded]).to.have.members([0, 1, 5]);
    expect(pool.address(10)).to.equal('2001:db8::2a');
  });
});

describe('IP addresses', () => {
  it('survive the way to a number and back', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 128n - 1n), (value) => {
        expect(parseIp(formatIp(6, value))).to.deep.equal({ family: 6, value });
      }),
    );
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 32n - 1n), (value) => {
        expect(parseIp(formatIp(4, value))).to.deep.equal({ family: 4, value });
      }),
    );
  });

  it('of a pool lie in its range, and nothing outside does', () => {
    fc.assert(
      fc.property(fc.nat(65_535), fc.nat(65_535), fc.nat(65_535), (a, b, probe) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        const pool = ipv4Pool({ network: '10.9.0.0/16', start, end }, []);
        const inside = probe >= start && probe <= end;
        expect(pool.offsetOf(pool.address(probe))).to.equal(inside ? probe : null);
        expect(pool.offsetOf('10.10.0.0')).to.equal(null);
      }),
    );
  });

  it('that are none are null', () => {
    for (const text of ['', '10.0.0', '10.0.0.256', 'fe80::1%eth0', '::1::', 'localhost'])
      expect(parseIp(text)).to.equal(null);
  });
});
