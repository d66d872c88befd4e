import { createHostConfig, type Provisioner, present, type UpdateGecos } from '@blockhost/kernel';
import { BLOCKHOST_YAML } from '@blockhost/kernel/host-files';
import { FakeChain, RecordingLogger, reportMeasurement } from '@blockhost/kernel/testing';
import type { Host } from '../pipeline/host.js';
import { TestHost } from '../test-host.js';
import { reconcile } from './reconcile.js';

/**
 * One run over 250 VMs of which one in ten changed hands, with a chain and a hypervisor that take no time: what the
 * reconciler itself costs, and how many questions it asks: `node dist/reconciler/reconcile.bench.js`.
 */
const VMS = 250;
const base = await TestHost.create({
  ip_pool: { network: '10.0.0.0/16', start: 2, end: 5_000, gateway: '10.0.0.1' },
});
const config = createHostConfig({ paths: base.paths });
await config.write(BLOCKHOST_YAML, {});
const chain = new FakeChain();
chain.send(chain.ownerKey.key, { do: 'create-plan', name: 'Small', price: 1n });
const nobody = async () => {};
const provisioner = {
  [Symbol.for('blockhost.capabilities')]: ['updateGecos'],
  create: async () => {
    throw new Error('the bench makes no VMs');
  },
  destroy: nobody,
  start: nobody,
  stop: nobody,
  kill: nobody,
  updateGecos: nobody,
  status: async () => present('running'),
  list: async () =>
    present(
      (await base.vms.list()).map(({ name }) => ({ name, backendRef: name, power: 'running' as const })),
    ),
} satisfies Provisioner & UpdateGecos;

for (let number = 1; number <= VMS; number += 1) {
  const name = `blockhost-${String(number).padStart(3, '0')}`;
  const { key, buy } = chain.customer(number);
  buy({ planId: 1n, days: 30, userEncrypted: '0x' });
  const subscription = chain.ledger.contracts.subscriptions[number - 1];
  chain.send(chain.ownerKey.key, { do: 'mint', to: key.address, userData: '0x' });
  const vm = await base.vms.reserve({
    name,
    operationId: name,
    ownerWallet: key.address,
    planId: '1',
    username: 'admin',
    cpu: 1,
    memoryMb: 512,
    diskGb: 5,
    expiresAt: new Date((subscription?.expiresAt ?? 0) * 1_000).toISOString(),
  });
  await base.vms.publish(name, name, { ...vm, name, backendRef: name });
  await base.vms.reserveToken(name, key.address, BigInt(number - 1));
  await base.vms.markMinted(name, String(number - 1), key.address);
}

const host: Host = { ...base, chain, provisioner, config, rootAgent: null, log: new RecordingLogger() };
const run = async (what: string) => {
  chain.calls.length = 0;
  const start = performance.now();
  const { plan, failed } = await reconcile(host, new AbortController().signal);
  const value = performance.now() - start;
  if (failed.length > 0) throw new Error(JSON.stringify(failed[0]));
  const facts = `${plan.actions.length} changes, ${chain.calls.length} questions to the chain`;
  reportMeasurement({ what: `${what} (${facts})`, value, unit: 'ms', budget: { atMost: 300_000 } });
};

try {
  await run('a run over 250 VMs without changes');
  for (let number = 1; number <= VMS; number += 10) {
    const { key } = chain.customer(number);
    const to = chain.customer(9_000).key.address;
    chain.send(key, { do: 'transfer-credential', tokenId: BigInt(number - 1), to });
  }
  await run('a run over 250 VMs of which 25 changed hands');
} finally {
  await base.dispose();
}
