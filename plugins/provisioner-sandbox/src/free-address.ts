import { createServer } from 'node:net';
import { BlockhostError } from '@blockhost/kernel';
import { GUEST_PORT } from './guest/protocol.js';

/** Refuses an address that the guest could not listen on, before anything is made. */
export async function checkAddressIsFree(ipv4: string): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen({ host: ipv4, port: GUEST_PORT }, resolve);
    });
  } catch (cause) {
    throw new BlockhostError(
      'provisioner.address-unusable',
      `A sandbox VM cannot listen on ${ipv4} port ${GUEST_PORT}.`,
      {
        cause,
        facts: { ipv4, port: GUEST_PORT },
        remedy: 'Give it a free address of the loopback range, such as one of 127.77.0.0/16.',
      },
    );
  }
  await new Promise((resolve) => probe.close(resolve));
}
