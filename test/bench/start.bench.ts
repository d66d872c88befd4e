/** Start of commands above bare Node, on a host with all plugins (quality.md, section 3): `bin/test bench`. */
import { join } from 'node:path';
import { boot, CHAIN_CODEC, createHostConfig } from '@blockhost/kernel';
import { BLOCKHOST_YAML, DB_YAML } from '@blockhost/kernel/host-files';
import { DATABASE } from '@blockhost/kernel/store';
import { type Argv, makeHostRoot, reportMeasurement, timeProcesses } from '@blockhost/kernel/testing';

const tree = join(import.meta.dirname, '../../..');
const plugins = ['engine-evm', 'provisioner-sandbox', 'provisioner-exec', 'hosting', 'installer'];
const host = await makeHostRoot({ plugins: plugins.map((name) => join(tree, 'plugins', name)) });

const command = (program: string, ...args: string[]): Argv => [join(tree, 'bin', program), ...args];
const message = 'blockhost-access';
/** How many times as long as bare Node the fastest of them may take. */
const LEAN = { name: 'bw who', times: 2 } as const;

/** A message's signature and who made it, from a wallet of this moment. */
async function signed(): Promise<{ readonly signature: string; readonly signer: string }> {
  const kernel = await boot({ process: 'bench', paths: host.paths });
  try {
    const { keys, messages } = await kernel.get(CHAIN_CODEC);
    const key = keys.parse(keys.generate().text);
    return { signature: await messages.sign(message, key), signer: key.address };
  } finally {
    await kernel.stop();
  }
}

/** Records of VMs that stand, as many. */
async function recordVms(count: number): Promise<void> {
  const kernel = await boot({ process: 'bench', paths: host.paths });
  try {
    const database = await kernel.get(DATABASE);
    const row = {
      status: 'active',
      owner_wallet: 'w',
      username: 'admin',
      cpu: 1,
      memory_mb: 256,
      disk_gb: 1,
    };
    const times = { created_at: '2026-01-01T00:00:00.000Z', expires_at: '2036-01-01T00:00:00.000Z' };
    const names = Array.from({ length: count }, (_, index) => `blockhost-${index}`);
    await database.batchInsert(
      'vms',
      names.map((name) => ({ name, operation_id: name, ...row, ...times })),
      50,
    );
    const pool = names.map((_, index) => `127.99.${index >> 8}.${index & 255}`);
    const held = pool.map((address, index) => ({ address, family: 4, vm_id: index + 1 }));
    await database.batchInsert('vm_addresses', held, 50);
  } finally {
    await kernel.stop();
  }
}

try {
  const { signature, signer } = await signed();
  const config = createHostConfig({ paths: host.paths });
  await config.write(BLOCKHOST_YAML, { public_secret: message });
  await config.write(DB_YAML, {
    ip_pool: { network: '127.99.0.0/16', start: 2, end: 99, gateway: '127.99.0.1' },
  });
  const { bare, ...commands } = timeProcesses(
    {
      bare: [process.execPath, '-e', '0'],
      'blockhost --version': command('blockhost', '--version'),
      'blockhost vm --help': command('blockhost', 'vm', '--help'),
      'blockhost plugins list': command('blockhost', 'plugins', 'list'),
      'blockhost setup --status': command('blockhost', 'setup', '--status'),
      'blockhost pipeline list': command('blockhost', 'pipeline', 'list'),
      'blockhost-vm-list': command('blockhost-vm-list'),
      [LEAN.name]: command('bw', 'who', message, signature),
      is: command('is', signature, signer),
      'ab list': command('ab', 'list'),
      'bw --help': command('bw', '--help'),
    },
    { rounds: 30, env: { BLOCKHOST_ROOT: host.root, XDG_CACHE_HOME: join(host.root, 'cache') } },
  );
  for (const [name, ms] of Object.entries(commands))
    reportMeasurement({
      what: name,
      value: ms,
      unit: 'ms',
      reference: { what: 'bare node', value: bare },
      budget: { aboveReference: 100 },
    });
  for (const [name, ms] of Object.entries(commands))
    reportMeasurement({
      what: `${name}, of bare node`,
      value: ms / bare,
      unit: 'times',
      ...(name === LEAN.name && { budget: { atMost: LEAN.times } }),
    });

  await recordVms(1_000);
  const { bare: again, full } = timeProcesses(
    { bare: [process.execPath, '-e', '0'], full: command('blockhost-vm-list') },
    { rounds: 15, env: { BLOCKHOST_ROOT: host.root, XDG_CACHE_HOME: join(host.root, 'cache') } },
  );
  reportMeasurement({
    what: 'blockhost-vm-list of 1,000 VMs',
    value: full,
    unit: 'ms',
    reference: { what: 'bare node', value: again },
    budget: { aboveReference: 100 },
  });
} finally {
  await host.dispose();
}
