import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { boot, type Kernel, PROVISIONER, withRun } from '@blockhost/kernel';
import {
  aVmSpec,
  type ProvisionerConformance,
  type ProvisionerSubject,
  RecordingLogger,
} from '@blockhost/kernel/testing';
import { LibvirtHost } from './libvirt-host.js';
import { NETWORK } from './own-libvirt.js';

interface LibvirtSubject extends ProvisionerSubject {
  readonly host: LibvirtHost;
  readonly kernel: Kernel;
}

/** This provisioner as the conformance suite wants it. The suite is spread over files, each on a host of its own. */
export const libvirtConformance: ProvisionerConformance<LibvirtSubject> = {
  capabilities: ['metrics', 'metricsBatch', 'throttle', 'guestExec', 'updateGecos', 'template', 'detect'],

  async setup() {
    const host = await LibvirtHost.create();
    const { paths } = host.host;
    const kernel = await boot({ process: 'test', paths });
    const provisioner = await kernel.get(PROVISIONER);
    await withRun({ name: 'template', log: new RecordingLogger() }, async (run) =>
      provisioner.buildTemplate?.({ force: false }, run),
    );
    let given = 9;
    return {
      host,
      kernel,
      provisioner,
      spec: () => {
        given = given < 250 ? given + 1 : 10;
        const addresses = { ipv4: `${NETWORK}.${given}`, ipv6: `2001:db8:77::${given.toString(16)}` };
        return aVmSpec({ memoryMb: 256, diskGb: 1, addresses });
      },
      async ignoreShutdown(vm) {
        // Nobody reads the power button any more.
        await provisioner.guestExec?.(vm, 'killall -9 dd', { timeoutMs: 20_000 });
      },
      breakBackend: () => host.libvirt.stopLibvirt(),
      leftovers: () => leftovers(host),
      otherProcess: { module: new URL('./open-libvirt.js', import.meta.url).href, argument: paths.root },
    };
  },

  async teardown({ host, kernel }) {
    await kernel.stop();
    await host.remove();
  },
};

/** Domains, disks, seeds, routes and processes that belong to no VM any more. */
async function leftovers(host: LibvirtHost): Promise<string[]> {
  const { paths } = host.host;
  const defined = await readdir(paths.resolve('/var/lib/blockhost/libvirt'));
  const alive = new Set(defined.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -5)));
  const domains = (await host.virsh('list', '--all', '--name')).split('\n').filter(Boolean);
  const files = await readdir(paths.resolve('/var/lib/blockhost/vms'));
  const ofFile = (file: string) => file.replace(/(-seed\.iso|\.qcow2)$/, '');
  const routes = (await host.libvirt.run('ip', '-6', 'route'))
    .split('\n')
    .filter((line) => /^\S+::\S+ dev br0/.test(line));
  const found = [
    ...domains.filter((name) => !alive.has(name)).map((name) => `domain ${name}`),
    ...files.filter((file) => !alive.has(ofFile(file))).map((file) => join('vms', file)),
  ];
  return alive.size === 0 ? [...found, ...routes.filter((line) => !line.includes('/'))] : found;
}
