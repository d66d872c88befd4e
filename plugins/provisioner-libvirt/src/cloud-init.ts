import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { BlockhostError, type VmSpec } from '@blockhost/kernel';
import type { BrokerAllocationJson, DbYaml } from '@blockhost/kernel/host-files';
import type { VmSeed } from './root-actions/define.js';

export interface SeedFacts {
  readonly spec: VmSpec;
  /** UUID of this very creation. */
  readonly instance: string;
  readonly mac: string;
  readonly db: DbYaml;
  readonly allocation: BrokerAllocationJson | null;
  readonly auth: { readonly otpLength: number; readonly otpTtlSeconds: number };
}

/**
 * The NoCloud seed of a VM (specification provisioners.md 5). All three files are JSON, which is YAML: nothing is pasted into
 * anything, so no value can become more than a value.
 */
export function seedOf(facts: SeedFacts): VmSeed {
  const { spec, instance } = facts;
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

function userData({ spec, auth }: SeedFacts): object {
  const { ipv4 = null, ipv6 = null } = spec.addresses ?? {};
  const host = ipv6 === null ? (ipv4 ?? spec.name) : `[${ipv6}]`;
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
    write_files: [
      {
        path: '/etc/pam_web3/config.toml',
        owner: 'root:root',
        permissions: '0600',
        content: [
          '[machine]',
          `id = "${spec.name}"`,
          `secret_key = "${randomBytes(32).toString('hex')}"`,
          '[auth]',
          `signing_url = "https://${host}:8443"`,
          `otp_length = ${auth.otpLength}`,
          `otp_ttl_seconds = ${auth.otpTtlSeconds}`,
          '',
        ].join('\n'),
      },
    ],
  };
}

function networkConfig({ spec, mac, db, allocation }: SeedFacts): object {
  const { ipv4 = null, ipv6 = null } = spec.addresses ?? {};
  const addresses: string[] = [];
  const routes: object[] = [];
  if (ipv4 !== null) {
    if (!db.ip_pool) throw wrong('ip_pool');
    addresses.push(`${ipv4}/${db.ip_pool.network.split('/')[1]}`);
    routes.push({ to: '0.0.0.0/0', via: db.ip_pool.gateway });
  }
  if (ipv6 !== null) {
    addresses.push(`${ipv6}/128`);
    const prefix = allocation?.prefix ?? db.ipv6_pool?.prefix;
    const gateway = allocation?.gateway ?? (prefix === undefined ? undefined : firstAddress(prefix));
    if (gateway === undefined) throw wrong('ipv6_pool.prefix');
    routes.push({ to: `${gateway}/128`, scope: 'link' }, { to: '::/0', via: gateway });
  }
  const nameservers = Array.isArray(db.nameservers) ? db.nameservers : [db.ip_pool?.gateway];
  const servers = nameservers.filter((each) => typeof each === 'string' && isIP(each) !== 0);
  const card = { match: { macaddress: mac }, addresses, routes, nameservers: { addresses: servers } };
  return { version: 2, ethernets: { primary: card } };
}

/** Offset 1 of an IPv6 prefix: the host's own end. */
function firstAddress(prefix: string): string | undefined {
  const network = prefix.split('/')[0] ?? '';
  return isIP(network) === 6 && network.endsWith('::') ? `${network}1` : undefined;
}

function wrong(field: string): BlockhostError {
  return new BlockhostError('provisioner.invalid-config', `"${field}" in db.yaml is missing.`, {
    remedy: `Set ${field} in db.yaml: a VM with an address needs its gateway.`,
    facts: { field },
  });
}

/** One member to a line. */
function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
