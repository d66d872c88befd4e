import { BlockhostError } from '@blockhost/kernel';
import { parseIp } from './ip-address.js';

const ZONE = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/**
 * The names of VMs in the broker's zone (provisioners.md 4.8): the bits of the address below the prefix that the broker's
 * DNS completes, `basePrefix` bits long, in hexadecimal digits. Throws `config.invalid`.
 */
export function vmNames(
  zone: string | null | undefined,
  basePrefix = 64,
): (ipv6: string | null) => string | null {
  if (!zone) return () => null;
  if (!ZONE.test(zone))
    throw new BlockhostError('config.invalid', 'broker-allocation.json: /dns_zone is no name of a zone.', {
      facts: { found: zone, expected: 'a name in lower-case letters' },
      remedy: 'Correct broker-allocation.json, or ask the broker for the allocation again.',
    });
  const below = (1n << BigInt(128 - basePrefix)) - 1n;
  return (ipv6) => {
    const parsed = ipv6 === null ? null : parseIp(ipv6);
    return parsed?.family === 6 ? `${(parsed.value & below).toString(16)}.${zone}` : null;
  };
}
