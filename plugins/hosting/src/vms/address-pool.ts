import { BlockhostError } from '@blockhost/kernel';
import { type Family, formatIp, parseIp } from './ip-address.js';

/** Addresses the host may hand out; offsets count from the network address. */
export interface AddressPool {
  readonly family: Family;
  /** Identity of the range: allocation state belongs to it. */
  readonly key: string;
  readonly first: number;
  readonly last: number;
  readonly excluded: ReadonlySet<number>;
  address(offset: number): string;
  /** Offset of an address in the pool's range; null when it lies outside. */
  offsetOf(address: string): number | null;
}

/** `ip_pool` of db.yaml. */
export interface Ipv4PoolConfig {
  readonly network?: string;
  readonly start?: number | string;
  readonly end?: number | string;
  readonly gateway?: string;
  readonly exclude?: readonly string[];
}

/** `ipv6_pool` of db.yaml; bounds are offsets from the network address of the prefix. */
export interface Ipv6PoolConfig {
  readonly prefix?: string;
  readonly start?: number;
  readonly end?: number;
}

/**
 * Parses `ip_pool` (provisioners.md 4.5): bounds as host number, digit string or full address. Network and broadcast
 * address, gateway, `exclude` and `hostAddresses` are never handed out. Throws `config.invalid` naming the key.
 */
export function ipv4Pool(config: Ipv4PoolConfig, hostAddresses: readonly string[]): AddressPool {
  const { network = '192.168.122.0/24', start = 200, end = 250, exclude = [] } = config;
  const { base, size } = parseNetwork('ip_pool/network', network, 4);
  const bound = (key: string, value: number | string): number => {
    const offset = /^[0-9]+$/.test(String(value)) ? BigInt(value) : offsetIn(base, 4, String(value));
    if (offset === null || offset < 0n || offset >= size)
      throw invalid(`ip_pool/${key}`, value, `a host number or an address inside ${network}`);
    return Number(offset);
  };
  const gateway = config.gateway ?? formatIp(4, base + 1n);
  if (offsetIn(base, 4, gateway) === null) throw invalid('ip_pool/gateway', gateway, 'an IPv4 address');
  for (const [index, address] of exclude.entries())
    if (parseIp(address)?.family !== 4) throw invalid(`ip_pool/exclude/${index}`, address, 'an IPv4 address');
  return pool(4, base, bound('start', start), bound('end', end), 'ip_pool', [
    ...(size > 2n ? [0n, size - 1n] : []),
    ...offsets(base, 4, [gateway, ...exclude, ...hostAddresses]),
  ]);
}

/**
 * Parses `ipv6_pool` within `prefix`, bounds clipped to the prefix. The network address, the gateway (offset 1 unless
 * told) and `hostAddresses` are never handed out. Throws `config.invalid` naming the key.
 */
export function ipv6Pool(
  config: Ipv6PoolConfig,
  prefix: string,
  gateway: string | null,
  hostAddresses: readonly string[],
): AddressPool {
  const { base, size } = parseNetwork('ipv6_pool/prefix', prefix, 6);
  const { start = 2, end = 254 } = config;
  for (const [key, value] of [
    ['start', start],
    ['end', end],
  ] as const)
    if (!Number.isSafeInteger(value) || value < 0)
      throw invalid(`ipv6_pool/${key}`, value, 'an offset from the network address');
  const last = BigInt(end) < size ? end : Number(size - 1n);
  const gatewayOffset = gateway === null ? 1n : offsetIn(base, 6, gateway);
  return pool(6, base, start, last, 'ipv6_pool', [
    0n,
    ...(gatewayOffset === null ? [] : [gatewayOffset]),
    ...offsets(base, 6, hostAddresses),
  ]);
}

function pool(
  family: Family,
  base: bigint,
  first: number,
  last: number,
  key: string,
  excluded: readonly bigint[],
): AddressPool {
  if (first > last) throw invalid(`${key}/start`, first, `at most the end of the pool, ${last}`);
  const offsetOf = (address: string): number | null => {
    const offset = offsetIn(base, family, address);
    return offset !== null && offset >= BigInt(first) && offset <= BigInt(last) ? Number(offset) : null;
  };
  const inside = excluded.filter((offset) => offset >= BigInt(first) && offset <= BigInt(last)).map(Number);
  return {
    family,
    key: `${formatIp(family, base)}+${first}-${last}`,
    first,
    last,
    excluded: new Set(inside),
    address: (offset) => formatIp(family, base + BigInt(offset)),
    offsetOf,
  };
}

function offsetIn(base: bigint, family: Family, address: string): bigint | null {
  const parsed = parseIp(address);
  return parsed?.family === family ? parsed.value - base : null;
}

function offsets(base: bigint, family: Family, addresses: readonly string[]): bigint[] {
  return addresses.map((address) => offsetIn(base, family, address)).filter((offset) => offset !== null);
}

function parseNetwork(key: string, text: string, family: Family): { base: bigint; size: bigint } {
  const bits = family === 4 ? 32 : 128;
  const [address = '', length = ''] = text.split('/');
  const parsed = parseIp(address);
  if (parsed?.family !== family || !/^[0-9]{1,3}$/.test(length) || Number(length) > bits)
    throw invalid(
      key,
      text,
      `an IPv${family} network such as ${family === 4 ? '10.20.0.0/24' : '2001:db8::/64'}`,
    );
  const size = 1n << BigInt(bits - Number(length));
  if (parsed.value % size !== 0n) throw invalid(key, text, 'a network address without host bits');
  return { base: parsed.value, size };
}

function invalid(key: string, found: unknown, expected: string): BlockhostError {
  return new BlockhostError('config.invalid', `db.yaml: /${key} is ${JSON.stringify(found)}.`, {
    facts: { expected },
    remedy: 'Correct db.yaml and start again.',
  });
}
