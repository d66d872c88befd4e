/** Start of commands above bare Node, on a host with all plugins (quality.md, section 3): `bin/test bench`. */
import { join } from 'node:path';
import { boot, CHAIN_CODEC, createHostConfig } from '@blockhost/kernel';
import { BLOCKHOST_YAML, DB_YAML } from '@blockhost/kernel/host-files';
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
} finally {
  await host.dispose();
}
