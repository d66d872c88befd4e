import { expect } from 'chai';
import fc from 'fast-check';
import { type DomainModel, domainXml } from './domain-xml.js';

const model: DomainModel = {
  name: 'vm-1',
  uuid: '11111111-2222-4333-8444-555555555555',
  operationId: 'order-1',
  template: 'blockhost-base-0123456789ab',
  type: 'kvm',
  cpu: 2,
  memoryMb: 1024,
  disk: '/var/lib/blockhost/vms/vm-1.qcow2',
  seed: '/var/lib/blockhost/vms/vm-1-seed.iso',
  boot: null,
  bridge: 'br0',
  tap: 'bh7',
  mac: '52:54:00:00:00:01',
  ipv4: '10.0.0.9',
  ipv6: '2001:db8::9',
};

/** Names of all elements and attributes, in their order. */
const structure = (xml: string) => xml.replace(/'[^']*'/g, "''").replace(/>[^<]*</g, '><');

describe('the XML of a domain', () => {
  it('boots the disk, or the kernel of a base image that has no boot loader', () => {
    expect(domainXml(model)).to.include("<boot dev='hd'/>").and.not.include('<kernel>');
    const direct = domainXml({ ...model, boot: { kernel: '/t/base.kernel', initrd: '/t/base.initrd' } });
    expect(direct).to.include('<kernel>/t/base.kernel</kernel>').and.not.include('<boot dev');
  });

  it('asks for emulation only when told', () => {
    expect(domainXml(model))
      .to.match(/^<domain type='kvm'>/)
      .and.not.include('<tcg>');
    expect(domainXml({ ...model, type: 'qemu' }))
      .to.match(/^<domain type='qemu'>/)
      .and.include('<tcg>');
    const boot = { kernel: '/t/base.kernel', initrd: '/t/base.initrd' };
    expect(domainXml({ ...model, boot })).to.not.include('lpj=');
    expect(domainXml({ ...model, boot, type: 'qemu' })).to.include(' lpj=');
  });

  it('lets the guest send from its own addresses only, and from those of the link', () => {
    const filter = (xml: string) => /<filterref[\s\S]*<\/filterref>/.exec(xml)?.[0];
    expect(filter(domainXml(model))).to.equal(
      "<filterref filter='blockhost-guest'><parameter name='GUEST_IPV4' value='10.0.0.9'/>" +
        "<parameter name='GUEST_IPV6' value='fe80::5054:ff:fe00:1'/>" +
        "<parameter name='GUEST_IPV6' value='2001:db8::9'/></filterref>",
    );
    expect(filter(domainXml({ ...model, ipv4: null, ipv6: null })))
      .to.include("'GUEST_IPV4' value='0.0.0.0'")
      .and.not.include('2001');
  });

  it('keeps its shape whatever its texts are', () => {
    const plain = structure(domainXml(model));
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (name, operationId, disk) => {
        expect(structure(domainXml({ ...model, name, operationId, disk }))).to.equal(plain);
      }),
    );
  });
});
