import { BlockList, isIPv4, isIPv6, SocketAddress } from 'node:net';
import { BlockhostError } from '@blockhost/kernel';

/**
 * An address literal in its canonical form (RFC 5952). Throws `root-agent.invalid-params` for anything else, also for an
 * IPv6 address with a zone, and for an IPv4 address written as IPv6: a rule for that would match nothing.
 */
export function canonicalAddress(text: string): string {
  const family = isIPv4(text) ? 'ipv4' : isIPv6(text) && !text.includes('%') ? 'ipv6' : null;
  const address = family && SocketAddress.parse(family === 'ipv6' ? `[${text}]:0` : `${text}:0`)?.address;
  if (!address || /^::ffff:/i.test(address)) throw invalid('This is no IPv4 or IPv6 address.');
  return address;
}

/** The address of `ADDRESS/128`, canonical. Throws `root-agent.invalid-params`. */
export function singleAddress(text: string): string {
  const [address = '', length, ...more] = text.split('/');
  if (length !== '128' || more.length > 0 || !isIPv6(address))
    throw invalid('The address must be one IPv6 address, written ADDRESS/128.');
  return canonicalAddress(address);
}

/** True when the IPv6 address lies in `prefix` (`2001:db8:1::/64`). */
export function isInPrefix(address: string, prefix: string): boolean {
  const [network = '', length = ''] = prefix.split('/');
  if (!isIPv6(network) || !/^\d{1,3}$/.test(length) || Number(length) > 128) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(length), 'ipv6');
  return list.check(address, 'ipv6');
}

const invalid = (sentence: string) => new BlockhostError('root-agent.invalid-params', sentence);
