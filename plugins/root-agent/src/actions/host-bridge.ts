import type { RootActionContext } from '@blockhost/kernel';
import { DB_YAML } from '@blockhost/kernel/host-files';
import { denied } from './denied.js';
import { runProgram } from './run-program.js';

const TIMEOUT_MS = 10_000;
/** The host's end of the IPv6 tunnel. */
const TUNNEL = 'wg-broker';
/** Names that hypervisors give to the network cards of their machines. */
const MACHINE_PORT = /^(tap\d+i\d+|fwpr\d+p\d+|vnet\d+|bh\d+)$/;

/** Refuses a device to which no host route may point: it must be the bridge, the tunnel, or a machine's port. */
export async function checkRouteDevice(device: string, context: RootActionContext): Promise<void> {
  if (device === TUNNEL || device === (await bridgeOf(context))) return;
  await checkMachinePort(device, context);
}

/** Refuses a device that is no machine's port on the bridge of this host. */
export async function checkMachinePort(device: string, context: RootActionContext): Promise<void> {
  const bridge = await bridgeOf(context);
  if (bridge === undefined || !MACHINE_PORT.test(device) || (await masterOf(device, context)) !== bridge)
    throw denied(
      `${device} is no machine's port on the bridge of this host.`,
      'Check "bridge" in db.yaml, and that the machine runs.',
    );
}

async function bridgeOf({ config }: RootActionContext): Promise<string | undefined> {
  return (await config.find(DB_YAML))?.bridge;
}

/** The bridge a device belongs to; undefined for one that is not there. */
async function masterOf(device: string, { exec }: RootActionContext): Promise<string | undefined> {
  const text = await runProgram(exec, ['ip', '-json', 'link', 'show'], TIMEOUT_MS);
  const links = JSON.parse(text) as readonly { readonly ifname?: string; readonly master?: string }[];
  return links.find(({ ifname }) => ifname === device)?.master;
}
