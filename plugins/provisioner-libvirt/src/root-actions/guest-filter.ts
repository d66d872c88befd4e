import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Exec } from '@blockhost/kernel';
import { inScratch } from './scratch.js';
import { mustVirsh } from './virsh.js';

export const GUEST_FILTER = 'blockhost-guest';

/**
 * What a guest may send (specification provisioners.md 6.2): frames from its own MAC, ARP and IP from its own addresses. It
 * is no router and gives no addresses away, whatever it sends. The stock filters know no IPv6. The UUID makes defining it
 * again an update; the rules of VMs that run change with it.
 */
const XML = `<filter name='${GUEST_FILTER}' chain='root'>
  <uuid>6a1f3f0e-5d0b-4c0e-9d63-1f1b0c2a7e55</uuid>
  <rule action='drop' direction='out' priority='100'><mac match='no' srcmacaddr='$MAC'/></rule>
  <rule action='drop' direction='out' priority='110'><ip protocol='udp' srcportstart='67'/></rule>
  <rule action='drop' direction='out' priority='110'><ipv6 protocol='udp' srcportstart='547'/></rule>
  <rule action='drop' direction='out' priority='120'><ipv6 protocol='icmpv6' type='134'/></rule>
  <rule action='drop' direction='out' priority='120'><ipv6 protocol='icmpv6' type='137'/></rule>
  <rule action='accept' direction='out' priority='200'>
    <arp arpsrcmacaddr='$MAC' arpsrcipaddr='$GUEST_IPV4'/>
  </rule>
  <rule action='accept' direction='out' priority='300'><ip srcipaddr='$GUEST_IPV4'/></rule>
  <rule action='accept' direction='out' priority='300'><ipv6 srcipaddr='$GUEST_IPV6'/></rule>
  <!-- Asking whether an address is taken, before it has one. -->
  <rule action='accept' direction='out' priority='400'>
    <ipv6 srcipaddr='::' protocol='icmpv6' type='135'/>
  </rule>
  <rule action='drop' direction='out' priority='900'/>
</filter>
`;

/** Tells libvirt of the filter; told again, it is as before. */
export async function defineGuestFilter(exec: Exec): Promise<void> {
  await inScratch(async (folder) => {
    const file = join(folder, 'filter.xml');
    await writeFile(file, XML);
    await mustVirsh(exec, ['nwfilter-define', file]);
  });
}

/** The link-local address that a card makes of its MAC (RFC 4291, appendix A). */
export function linkLocalOf(mac: string): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(':').map((part) => Number.parseInt(part, 16));
  const groups = [(a ^ 2) * 256 + b, c * 256 + 0xff, 0xfe00 + d, e * 256 + f];
  return `fe80::${groups.map((group) => group.toString(16)).join(':')}`;
}
