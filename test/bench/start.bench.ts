/** Start of commands above bare Node, on a host with all plugins (quality.md, section 3): `bin/test bench`. */
import { join } from 'node:path';
import { createHostConfig } from '@blockhost/kernel';
import { DB_YAML } from '@blockhost/kernel/host-files';
import { type Argv, makeHostRoot, reportMeasurement, timeProcesses } from '@blockhost/kernel/testing';

const tree = join(import.meta.dirname, '../../..');
const plugins = ['engine-evm', 'provisioner-sandbox', 'provisioner-exec', 'hosting', 'installer'];
const host = await makeHostRoot({ plugins: plugins.map((name) => join(tree, 'plugins', name)) });

const command = (program: string, ...args: string[]): Argv => [join(tree, 'bin', program), ...args];
try {
  await createHostConfig({ paths: host.paths }).write(DB_YAML, {
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
    },
    { env: { BLOCKHOST_ROOT: host.root, XDG_CACHE_HOME: join(host.root, 'cache') } },
  );
  for (const [name, ms] of Object.entries(commands))
    reportMeasurement({
      what: name,
      value: ms,
      unit: 'ms',
      reference: { what: 'bare node', value: bare },
      budget: { aboveReference: 100 },
    });
} finally {
  await host.dispose();
}
