/**
 * A process that uses the plugins of a host, for tests of what a plugin can do to a process:
 *
 *     node use-plugins.js [crash|daemon]       (BLOCKHOST_ROOT names the host)
 *
 * Asks for the ports `devnet` and `provisioner`, waits until nothing is left to do, and prints one JSON object; with
 * `crash` it throws in between where nobody catches it, with `daemon` it starts the daemon `crashing`.
 */
import { once } from 'node:events';
import { boot, createLogger, DEVNET, isBlockhostError, PROVISIONER } from '@blockhost/kernel';

const kernel = await boot({ process: 'use-plugins', log: createLogger({ format: 'json' }) });
let devnet = 'present';
try {
  await kernel.get(DEVNET);
} catch (error) {
  devnet = isBlockhostError(error) ? error.toHelp() : String(error);
}
if (process.argv[2] === 'crash')
  setImmediate(() => {
    throw new Error('the process itself failed');
  });
if (process.argv[2] === 'daemon') {
  const daemon = await kernel.import('daemon', 'daemons', 'crashing');
  await daemon.start({} as never);
}
await once(process, 'beforeExit');
const provisioner = await kernel.get(PROVISIONER);
const found = await provisioner.status({ name: 'one', backendRef: null });
process.stdout.write(
  JSON.stringify({
    devnet,
    provisioner: found.kind,
    states: Object.fromEntries(kernel.plugins().map(({ name, state }) => [name, state])),
  }),
);
await kernel.stop();
