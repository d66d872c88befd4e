import type { Exec } from '@blockhost/kernel';
import { runProgram } from '../run-program.js';
import { mustVirsh } from './virsh.js';

/**
 * Tells the host which card has the addresses of a VM. Without it whoever answers first is believed: a filter looks at who
 * sends an advertisement (RFC 4861), and not at the address that it is about. Repeating is success.
 */
export async function pinNeighbours(exec: Exec, uuid: string): Promise<void> {
  const { bridge, mac, addresses } = await cardOf(exec, uuid);
  for (const address of addresses) {
    const entry = [address, 'lladdr', mac, 'dev', bridge, 'nud', 'permanent'];
    await runProgram(exec, ['ip', 'neigh', 'replace', ...entry], 10_000);
  }
}

/** Takes back what {@link pinNeighbours} told; what is gone is gone. */
export async function unpinNeighbours(exec: Exec, uuid: string): Promise<void> {
  const { bridge, addresses } = await cardOf(exec, uuid);
  for (const address of addresses)
    await exec.run(['ip', 'neigh', 'del', address, 'dev', bridge], { timeoutMs: 10_000 });
}

/** Of a definition that root has written (`domain-xml.ts`). */
async function cardOf(exec: Exec, uuid: string) {
  const xml = await mustVirsh(exec, ['dumpxml', uuid, '--inactive']);
  const [, mac = ''] = /<mac address='([0-9a-f:]+)'\/>/.exec(xml) ?? [];
  const [, bridge = ''] = /<source bridge='([^']+)'\/>/.exec(xml) ?? [];
  const parameters = xml.matchAll(/<parameter name='GUEST_IPV[46]' value='([0-9a-f.:]+)'\/>/g);
  const addresses = [...parameters].map(([, address = '']) => address);
  // Nobody's, and one of the link, which is none of the host's business.
  return { mac, bridge, addresses: addresses.filter((each) => each !== '0.0.0.0' && !/^fe80:/.test(each)) };
}
