import { randomBytes, randomUUID } from 'node:crypto';
import type { VmSpec } from '../ports/provisioner.js';

/** A valid order for a VM: a new name and operation each time, no addresses; `overrides` say what matters to the test. */
export function aVmSpec(overrides: Partial<VmSpec> = {}): VmSpec {
  return {
    name: `vm-${randomBytes(4).toString('hex')}`,
    operationId: randomUUID(),
    ownerWallet: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
    tokenId: null,
    username: 'admin',
    cpu: 1,
    memoryMb: 512,
    diskGb: 5,
    addresses: { ipv4: null, ipv6: null },
    expiresAt: '2099-12-31T23:59:59Z',
    ...overrides,
  };
}
