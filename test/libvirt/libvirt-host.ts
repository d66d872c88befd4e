import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HostRoot, makeHostRoot } from '@blockhost/kernel/testing';
import { NETWORK, OwnLibvirt, PREFIX } from './own-libvirt.js';

const repository = join(import.meta.dirname, '../../..');

/** A host in a folder with a libvirt and a root agent of its own, set up for mini guests under software emulation. */
export class LibvirtHost {
  private constructor(
    readonly host: HostRoot,
    readonly libvirt: OwnLibvirt,
  ) {}

  static async create(): Promise<LibvirtHost> {
    const plugins = ['root-agent', 'provisioner-libvirt'].map((name) => join(repository, 'plugins', name));
    const host = await makeHostRoot({ plugins });
    const db = {
      bridge: 'br0',
      libvirt: { domain_type: 'qemu', template: { kind: 'mini' } },
      ip_pool: { network: `${NETWORK}.0/24`, start: 10, end: 250, gateway: `${NETWORK}.1` },
      ipv6_pool: { prefix: PREFIX },
    };
    await writeFile(join(host.paths.config, 'db.yaml'), JSON.stringify(db), { mode: 0o640 });
    const created = new LibvirtHost(host, await OwnLibvirt.start());
    try {
      await created.libvirt.startAgent(host.root);
      return created;
    } catch (error) {
      await created.remove();
      throw error;
    }
  }

  virsh(...args: string[]): Promise<string> {
    return this.libvirt.virsh(...args);
  }

  /** Defines a domain past BlockHost. */
  async define(xml: string): Promise<void> {
    const file = join(this.host.root, 'domain.xml');
    await writeFile(file, xml);
    await this.virsh('define', file);
  }

  async remove(): Promise<void> {
    await this.libvirt.stop();
    await this.host.dispose();
  }
}
