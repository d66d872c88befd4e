import { isIP, isIPv4, isIPv6 } from 'node:net';
import { BlockhostError, checkVmSpec, type VmSpec } from '@blockhost/kernel';
import type { BrokerAllocationJson, DbYaml } from '@blockhost/kernel/host-files';
import { LOGIN_COMMANDS, loginFiles } from './guest-login.js';
import type { VmSeed } from './root-actions/define.js';

export interface SeedFacts {
  readonly spec: VmSpec;
  /** UUID of this very creation. */
  readonly instance: string;
  readonly mac: string;
  readonly db: DbYaml;
  readonly allocation: BrokerAllocationJson | null;
  readonly auth: { readonly otpLength: number; readonly otpTtlSeconds: number };
  /** Whether the base image has the packages of the login by wallet. */
  readonly hasLogin: boolean;
}

/**
 * The NoCloud seed of a VM (specification provisioners.md 5). All three files are JSON, which is YAML: nothing is pasted into
 * anything, so no value can become more than a value. What enters a line of some other file has a form without signs that
 * mean something there, or is refused: `provisioner.invalid-spec`, `provisioner.invalid-config`.
 */
export function seedOf(facts: SeedFacts): VmSeed {
  const { spec, instance } = facts;
  checkVmSpec(spec);
  return {
    userData: `#cloud-config\n${json(userData(facts))}`,
    metaData: json({ 'instance-id': instance, 'local-hostname': spec.name }),
    networkConfig: json(networkConfig(facts)),
  };
}

/** Comment field that tells who may log in (specification guest-auth.md). */
export function gecos(wallet: string, tokenId: string | null): string {
  return tokenId === null ? `wallet=${wallet}` : `wallet=${wallet},nft=${tokenId}`;
}

function userData({ spec, auth, allocation, hasLogin }: SeedFacts): object {
  const { ipv4 = null, ipv6 = null } = spec.addresses ?? {};
  const domain = signingDomain(ipv6, allocation);
  const literal = ipv6 === null ? (ipv4 ?? spec.name) : `[${ipv6}]`;
  within('auth.otp_length', auth.otpLength, 6, 16);
  within('auth.otp_ttl_seconds', auth.otpTtlSeconds, 60, 900);
  const login = { username: spec.username, ...auth, hasLogin };
  return {
    hostname: spec.name,
    users: [
      {
        name: spec.username,
        gecos: gecos(spec.ownerWallet, spec.tokenId),
        lock_passwd: true,
        shell: '/bin/bash',
        sudo: 'ALL=(ALL) NOPASSWD:ALL',
      },
    ],
    disable_root: true,
    ssh_pwauth: false,
    // Debian's images lack the package that would make one.
    locale: false,
    write_files: loginFiles({ ...login, machineId: domain ?? spec.name, signingHost: domain ?? literal }),
    runcmd: LOGIN_COMMANDS,
  };
}

/** Name of a VM in the host's zone: the half of its address that is its own (specification provisioners.md 4.8). */
function signingDomain(ipv6: string | null, allocation: BrokerAllocationJson | null): string | null {
  const zone = allocation?.dns_zone;
  if (ipv6 === null || !zone) return null;
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(zone))
    throw wrong('dns_zone', 'broker-allocation.json', 'a name in lower-case letters');
  return `${lowerHalf(ipv6).toString(16)}.${zone}`;
}

/** The last 64 bits; addresses come without an IPv4 tail. */
function lowerHalf(ipv6: string): bigint {
  const [head = '', tail] = ipv6.split('::');
  const groups = (text: string | undefined) => (text ? text.split(':') : []);
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(missing).fill('0'), ...groups(tail)];
  return all.slice(4).reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}

function networkConfig({ spec, mac, db, allocation }: SeedFacts): object {
  const { ipv4 = null, ipv6 = null } = spec.addresses ?? {};
  const addresses: string[] = [];
  const routes: object[] = [];
  if (ipv4 !== null) {
    const { gateway = '', network = '' } = db.ip_pool ?? {};
    const [, length] = /^[\d.]+\/([12]?\d|3[0-2])$/.exec(network) ?? [];
    if (length === undefined) throw wrong('ip_pool.network', 'db.yaml', 'a network such as 10.0.0.0/24');
    if (!isIPv4(gateway)) throw wrong('ip_pool.gateway', 'db.yaml', 'an IPv4 address');
    addresses.push(`${ipv4}/${length}`);
    routes.push({ to: '0.0.0.0/0', via: gateway });
  }
  if (ipv6 !== null) {
    const prefix = allocation?.prefix ?? db.ipv6_pool?.prefix;
    const gateway = allocation?.gateway ?? (prefix === undefined ? '' : firstAddress(prefix));
    if (!isIPv6(gateway)) throw wrong('ipv6_pool.prefix', 'db.yaml', 'an IPv6 prefix that ends with "::"');
    addresses.push(`${ipv6}/128`);
    routes.push({ to: `${gateway}/128`, scope: 'link' }, { to: '::/0', via: gateway });
  }
  const nameservers = Array.isArray(db.nameservers) ? db.nameservers : [db.ip_pool?.gateway];
  const servers = nameservers.filter((each) => typeof each === 'string' && isIP(each) !== 0);
  const card = {
    match: { macaddress: mac },
    // Addresses are the host's to give, whoever else on the link offers some.
    dhcp4: false,
    'accept-ra': false,
    addresses,
    routes,
    nameservers: { addresses: servers },
  };
  return { version: 2, ethernets: { primary: card } };
}

/** Offset 1 of an IPv6 prefix: the host's own end. */
function firstAddress(prefix: string): string {
  const network = prefix.split('/')[0] ?? '';
  return network.endsWith('::') ? `${network}1` : '';
}

function within(field: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw wrong(field, 'web3-defaults.yaml', `a whole number from ${least} to ${most}`);
}

function wrong(field: string, file: string, expected: string): BlockhostError {
  return new BlockhostError('provisioner.invalid-config', `"${field}" in ${file} must be ${expected}.`, {
    remedy: `Set ${field} in ${file}: VMs cannot be made without it.`,
    facts: { field },
  });
}

/** One member to a line. */
function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
