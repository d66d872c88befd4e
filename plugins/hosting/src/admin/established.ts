import { readFile } from 'node:fs/promises';
import type { Paths } from '@blockhost/kernel';
import { formatIp } from '../vms/ip-address.js';
import { clientAddress } from './client-address.js';

/** `TCP_ESTABLISHED` of the kernel's `tcp_states.h`. */
const ESTABLISHED = '01';

/**
 * True while a connection from `address` to one of these ports of this host is established (`proc(5)`, /proc/net/tcp). What
 * cannot be read counts as none.
 */
export async function isConnected(
  paths: Pick<Paths, 'resolve'>,
  address: string,
  ports: readonly number[],
): Promise<boolean> {
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(paths.resolve(table), 'utf8').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const [, local = '', remote = '', state] = line.trim().split(/\s+/);
      if (state !== ESTABLISHED || !ports.includes(Number.parseInt(local.split(':')[1] ?? '', 16))) continue;
      if (addressOf(remote.split(':')[0] ?? '') === address) return true;
    }
  }
  return false;
}

/** The kernel prints an address as 32-bit words of the machine's byte order: little endian wherever Debian's hosts run. */
function addressOf(hex: string): string | null {
  if (!/^([0-9A-F]{8}){1,4}$/i.test(hex)) return null;
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  return clientAddress(formatIp(bytes.length === 4 ? 4 : 6, BigInt(`0x${bytes.join('')}`)));
}
