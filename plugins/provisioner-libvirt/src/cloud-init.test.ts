import { aVmSpec } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { type SeedFacts, seedOf } from './cloud-init.js';

const facts: SeedFacts = {
  spec: aVmSpec({ name: 'vm-1', tokenId: '7', addresses: { ipv4: '10.0.0.9', ipv6: '2001:db8::9' } }),
  instance: '11111111-2222-4333-8444-555555555555',
  mac: '52:54:00:00:00:01',
  db: {
    ip_pool: { network: '10.0.0.0/22', start: 2, end: 200, gateway: '10.0.0.1' },
    ipv6_pool: { prefix: '2001:db8::/64' },
  },
  allocation: null,
  auth: { otpLength: 6, otpTtlSeconds: 300 },
};

function parsed(text: string) {
  return JSON.parse(text.replace(/^#cloud-config\n/, ''));
}

describe('the seed of a VM', () => {
  it('makes one login user without a password, whose comment tells who may log in', () => {
    const { userData } = seedOf(facts);
    expect(userData).to.match(/^#cloud-config\n\{/);
    const { users, hostname, ssh_pwauth, disable_root } = parsed(userData);
    expect({ hostname, ssh_pwauth, disable_root }).to.deep.equal({
      hostname: 'vm-1',
      ssh_pwauth: false,
      disable_root: true,
    });
    expect(users).to.have.length(1);
    expect(users[0]).to.include({
      name: 'admin',
      gecos: `wallet=${facts.spec.ownerWallet},nft=7`,
      lock_passwd: true,
    });
  });

  it('keeps a secret of its own in a file that root alone may read', () => {
    const [one, other] = [seedOf(facts), seedOf(facts)].map(
      ({ userData }) => parsed(userData).write_files[0],
    );
    expect(one).to.include({ path: '/etc/pam_web3/config.toml', permissions: '0600' });
    expect(one.content).to.match(/^secret_key = "[0-9a-f]{64}"$/m);
    expect(one.content).to.not.equal(other.content);
  });

  it('has the addresses with the gateways of their pools, on the card of its MAC', () => {
    const { primary } = parsed(seedOf(facts).networkConfig).ethernets;
    expect(primary.match).to.deep.equal({ macaddress: facts.mac });
    expect(primary.addresses).to.deep.equal(['10.0.0.9/22', '2001:db8::9/128']);
    expect(primary.routes).to.deep.equal([
      { to: '0.0.0.0/0', via: '10.0.0.1' },
      { to: '2001:db8::1/128', scope: 'link' },
      { to: '::/0', via: '2001:db8::1' },
    ]);
  });

  it('refuses an address whose gateway is nowhere told', () => {
    expect(() => seedOf({ ...facts, db: {} })).to.throw(/"ip_pool" in db.yaml is missing/);
  });
});
