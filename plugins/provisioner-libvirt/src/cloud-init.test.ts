import { hasCode } from '@blockhost/kernel';
import { aVmSpec } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import fc from 'fast-check';
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
  hasLogin: true,
};

function parsed(text: string) {
  return JSON.parse(text.replace(/^#cloud-config\n/, ''));
}

interface File {
  readonly path: string;
  readonly owner: string;
  readonly permissions: string;
  readonly content: string;
}

const filesOf = (given: SeedFacts) =>
  new Map((parsed(seedOf(given).userData).write_files as File[]).map((file) => [file.path, file] as const));

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
    const [one, other] = [filesOf(facts), filesOf(facts)].map((files) =>
      files.get('/etc/pam_web3/config.toml'),
    );
    expect(one).to.include({ owner: 'root:root', permissions: '0600' });
    expect(one?.content).to.match(/^secret_key = "[0-9a-f]{64}"$/m);
    expect(one?.content).to.not.equal(other?.content);
    expect(one?.content)
      .to.include('id = "vm-1"\n')
      .and.include('signing_url = "https://[2001:db8::9]:8443"\n')
      .and.include('otp_ttl_seconds = 300\n');
    expect(filesOf(facts).get('/etc/web3-auth/config.toml')).to.include({
      owner: 'root:blockhost-auth',
      permissions: '0640',
    });
  });

  it('signs under the name of its address where the host has a zone', () => {
    const spec = { ...facts.spec, addresses: { ipv4: null, ipv6: '2001:db8:1:2:a::9' } };
    const allocation = { prefix: '2001:db8:1:2::/64', dns_zone: 'vm.example.org' };
    const config = filesOf({ ...facts, spec, allocation }).get('/etc/pam_web3/config.toml');
    expect(config?.content)
      .to.include('id = "a000000000009.vm.example.org"\n')
      .and.include('signing_url = "https://a000000000009.vm.example.org:8443"\n');
  });

  it('lets nobody in by key or password, and waits longer than a code lives', () => {
    const drop = filesOf(facts).get('/etc/ssh/sshd_config.d/00-blockhost.conf');
    for (const line of [
      'PubkeyAuthentication no',
      'PasswordAuthentication no',
      'AuthenticationMethods keyboard-interactive',
      'PermitRootLogin no',
      'AllowUsers admin',
      'LoginGraceTime 330',
    ])
      expect(drop?.content.split('\n')).to.include(line);
    const stack = filesOf(facts).get('/etc/pam.d/blockhost-sshd')?.content.split('\n');
    expect(stack?.map((line) => line.split(/\s+/).slice(0, 3).join(' ')).filter(Boolean)).to.deep.equal([
      'auth requisite pam_succeed_if.so',
      'auth requisite pam_exec.so',
      'auth requisite pam_exec.so',
      'auth required pam_permit.so',
    ]);
  });

  it('has no files of the login where the base image has no packages of it', () => {
    expect([...filesOf({ ...facts, hasLogin: false }).keys()]).to.deep.equal([
      '/etc/ssh/sshd_config.d/00-blockhost.conf',
    ]);
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
    expect(primary.nameservers).to.deep.equal({ addresses: ['10.0.0.1'] });
    const told = seedOf({ ...facts, db: { ...facts.db, nameservers: ['9.9.9.9', 'x y', 7] } });
    expect(parsed(told.networkConfig).ethernets.primary.nameservers).to.deep.equal({
      addresses: ['9.9.9.9'],
    });
  });

  it('refuses an address whose gateway is nowhere told', () => {
    expect(() => seedOf({ ...facts, db: {} })).to.throw(/"ip_pool.network" in db.yaml must be/);
  });

  it('refuses times and lengths of codes that are out of range', () => {
    for (const auth of [
      { otpLength: 5, otpTtlSeconds: 300 },
      { otpLength: 6, otpTtlSeconds: 901 },
      { otpLength: 6.5, otpTtlSeconds: 300 },
    ])
      expect(() => seedOf({ ...facts, auth })).to.throw(/in web3-defaults.yaml must be a whole number/);
  });

  it('says nothing but what it means, whatever its values are: it refuses, or each file has its lines', () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '"',
        '\n',
        `\${X}`,
        "'; rm -rf /",
        'a\nroot ALL',
        '!!python/object',
        '#',
        'admin"\nid = "x',
      ),
      fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/),
    );
    const mostly = (good: string) =>
      fc.oneof({ weight: 3, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: hostile });
    const { name, ownerWallet, username } = facts.spec;
    const values = [mostly(name), mostly(ownerWallet), mostly(username), mostly('10.0.0.1')] as const;
    const shape = (given: SeedFacts) =>
      [...filesOf(given).values()].map(({ path, content }) => [path, content.split('\n').length]);
    const plain = shape(facts);
    fc.assert(
      fc.property(...values, (name, ownerWallet, username, gateway) => {
        const spec = { ...facts.spec, name, ownerWallet, username };
        const db = { ...facts.db, ip_pool: { network: '10.0.0.0/22', start: 2, end: 9, gateway } };
        try {
          expect(shape({ ...facts, spec, db })).to.deep.equal(plain);
        } catch (error) {
          const isRefused =
            hasCode(error, 'provisioner.invalid-spec') || hasCode(error, 'provisioner.invalid-config');
          if (!isRefused) throw error;
        }
      }),
    );
    for (const part of [{ username: 'a\nb' }, { ownerWallet: 'x,nft=1' }, { name: '-x' }, { tokenId: '1"' }])
      expect(() => seedOf({ ...facts, spec: { ...facts.spec, ...part } })).to.throw(/must be/);
  });
});
