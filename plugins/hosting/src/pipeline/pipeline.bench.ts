import { createHostConfig, type Provisioner, present } from '@blockhost/kernel';
import { encodeHex, parsePrivateKey, publicKeyOf } from '@blockhost/kernel/crypto';
import { BLOCKHOST_YAML, DEPLOYER_KEY, SERVER_KEY } from '@blockhost/kernel/host-files';
import { FakeChain, RecordingLogger, reportMeasurement } from '@blockhost/kernel/testing';
import { Scanner } from '../monitor/scanner.js';
import { readSettings } from '../settings.js';
import { TestHost } from '../test-host.js';
import type { Host } from './host.js';
import { Pipeline } from './pipeline.js';

/**
 * What the pipeline itself costs per VM: a chain in memory and a hypervisor that takes no time (quality.md section 3: at
 * most 50 ms): `node dist/pipeline/pipeline.bench.js`.
 */
const PURCHASES = 50;
const serverKey = '7'.repeat(64);

const instant = {
  create: async ({ name, username, addresses }) => ({
    name,
    username,
    backendRef: name,
    ipv4: addresses?.ipv4 ?? null,
    ipv6: null,
  }),
  destroy: async () => {},
  start: async () => {},
  stop: async () => {},
  kill: async () => {},
  status: async () => present('running'),
  list: async () => present([]),
} satisfies Provisioner;

const base = await TestHost.create({
  ip_pool: { network: '10.0.0.0/16', start: 2, end: 5_000, gateway: '10.0.0.1' },
});
const config = createHostConfig({ paths: base.paths });
const chain = new FakeChain();
await config.write(BLOCKHOST_YAML, { public_secret: 'bench' });
await config.write(SERVER_KEY, serverKey);
await config.write(DEPLOYER_KEY, chain.ownerKey.text);
chain.send(chain.ownerKey.key, { do: 'create-plan', name: 'Small', price: 1n });
const publicKey = encodeHex(publicKeyOf(parsePrivateKey(serverKey)));
for (let number = 1; number <= PURCHASES; number += 1) {
  const customer = chain.customer(number);
  const userEncrypted = chain.cipher.sealPurchase(
    publicKey,
    await chain.messages.sign('bench', customer.key),
  );
  customer.buy({ planId: 1n, days: 1, userEncrypted });
}

const host: Host = {
  ...base,
  provisioner: instant,
  chain,
  config,
  rootAgent: null,
  log: new RecordingLogger(),
};
const { signal } = new AbortController();
try {
  await new Scanner(host).tick(signal);
  const pipeline = new Pipeline(host, await readSettings(config));
  const start = performance.now();
  while ((await pipeline.advance(signal)) === null);
  const ms = (performance.now() - start) / PURCHASES;
  const served = chain.ledger.contracts.credentials.length;
  if (served !== PURCHASES) throw new Error(`${served} of ${PURCHASES} served`);
  reportMeasurement({ what: 'pipeline overhead per VM', value: ms, unit: 'ms', budget: { atMost: 50 } });
} finally {
  await base.dispose();
}
