import { boot, resolvePaths, VM_STORE } from '@blockhost/kernel';
import { RecordingLogger } from '@blockhost/kernel/testing';

// Reserves as many VMs as told, as fast as it can, and prints their addresses.
const [label = '', count = '0'] = process.argv.slice(2);
const kernel = await boot({
  process: 'reserving-child',
  paths: resolvePaths(process.env),
  log: new RecordingLogger(),
});
const vms = await kernel.get(VM_STORE);
for (let number = 0; number < Number(count); number += 1) {
  const { ipv4 } = await vms.reserve({
    name: `${label}-${number}`,
    operationId: `${label}-${number}`,
    ownerWallet: 'fake1',
    planId: null,
    username: 'admin',
    cpu: 1,
    memoryMb: 256,
    diskGb: 1,
    expiresAt: '2026-02-01T00:00:00Z',
  });
  console.log(ipv4);
}
await kernel.stop();
