import { formatIp, parseIp } from '../vms/ip-address.js';

/** `::ffff:0:0/96` (RFC 4291, 2.5.5.2): an IPv4 address as sockets of both families show it. */
const MAPPED = 0xffffn;

/**
 * The address of somebody on the network in its canonical text, IPv4 without the clothes of IPv6; null for whatever no
 * client can have: not an address, loopback, unspecified, multicast, broadcast, or tied to one interface.
 */
export function clientAddress(text: string): string | null {
  const found = parseIp(text);
  if (found === null) return null;
  if (found.family === 6 && found.value >> 32n !== MAPPED)
    return found.value <= 1n || found.value >> 120n === 0xffn ? null : formatIp(6, found.value);
  const value = found.value & 0xffff_ffffn;
  const first = value >> 24n;
  return first === 0n || first === 127n || first >= 224n ? null : formatIp(4, value);
}
