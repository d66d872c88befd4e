import type { HostConfig } from '@blockhost/kernel';
import { expectRefusal } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { domainType, storagePath, templateSource } from './settings.js';

/** A configuration whose `db.yaml` is this. */
function configured(db: Readonly<Record<string, unknown>>): HostConfig {
  return { find: async () => db } as unknown as HostConfig;
}

describe('settings of libvirt', () => {
  it('are virtualization by hardware unless emulation is told', async () => {
    expect(await domainType(configured({}))).to.equal('kvm');
    expect(await domainType(configured({ libvirt: { domain_type: 'qemu' } }))).to.equal('qemu');
    await expectRefusal(
      domainType(configured({ libvirt: { domain_type: 'xen' } })),
      'provisioner.invalid-config',
    );
  });

  it('name folders without detours', async () => {
    expect(await storagePath(configured({}))).to.equal('/var/lib/blockhost/vms');
    for (const wrong of ['vms', '/a/../etc', '/a b', '/..', 7])
      await expectRefusal(storagePath(configured({ storage_path: wrong })), 'provisioner.invalid-config');
  });

  it('take no image without its checksum, nor one that comes over the open', async () => {
    const sha512 = 'a'.repeat(128);
    const image = { kind: 'image', source: 'https://cloud.example/debian.qcow2', sha512 };
    expect(await templateSource(configured({ libvirt: { template: image } }))).to.deep.equal(image);
    const wrong = [
      { sha512: undefined },
      { sha512: 'abc' },
      { source: 'http://a/b' },
      { source: '-o' },
      { kind: 'x' },
    ];
    for (const part of wrong)
      await expectRefusal(
        templateSource(configured({ libvirt: { template: { ...image, ...part } } })),
        'provisioner.invalid-config',
      );
  });
});
