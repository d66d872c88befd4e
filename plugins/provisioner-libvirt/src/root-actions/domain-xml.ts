import { GUEST_FILTER, linkLocalOf } from './guest-filter.js';

/** Namespace of what BlockHost writes into the metadata of its domains. */
export const NAMESPACE = 'https://blockhost.io/xmlns/domain/1';

/** All that differs from VM to VM (specification provisioners.md 6.2). Sizes in MiB; paths are absolute. */
export interface DomainModel {
  readonly name: string;
  readonly uuid: string;
  readonly operationId: string;
  readonly template: string;
  readonly type: 'kvm' | 'qemu';
  readonly cpu: number;
  readonly memoryMb: number;
  readonly disk: string;
  readonly seed: string;
  /** For a base image without a boot loader. */
  readonly boot: { readonly kernel: string; readonly initrd: string } | null;
  readonly bridge: string;
  readonly tap: string;
  readonly mac: string;
  /** The addresses that its guest may send from. */
  readonly ipv4: string | null;
  readonly ipv6: string | null;
}

/**
 * For a kernel under emulation. On a busy host its calibration of delays by the timer may not end for minutes: it is told one
 * that is long enough for every clock below 5 GHz. Its tests of its own ciphers are a tenth of a boot.
 */
const EMULATED = ' lpj=20000000 no_timer_check cryptomgr.notests';

/** The definition of one domain. Values come in as text and numbers only, and every text is escaped. */
export function domainXml(vm: DomainModel): string {
  const direct =
    vm.boot === null
      ? []
      : [
          element('kernel', vm.boot.kernel),
          element('initrd', vm.boot.initrd),
          element('cmdline', `root=/dev/vda console=ttyS0 quiet${vm.type === 'qemu' ? EMULATED : ''}`),
        ];
  // Emulation keeps translated code: without a bound it outgrows the guest.
  const emulation = vm.type === 'qemu' ? [`<tcg><tb-cache unit='MiB'>256</tb-cache></tcg>`] : [];
  return `<domain type='${vm.type}'>
  ${element('name', vm.name)}
  ${element('uuid', vm.uuid)}
  <metadata>
    <blockhost:vm xmlns:blockhost='${NAMESPACE}'>
      ${element('blockhost:name', vm.name)}
      ${element('blockhost:operation', vm.operationId)}
      ${element('blockhost:template', vm.template)}
    </blockhost:vm>
  </metadata>
  <memory unit='MiB'>${vm.memoryMb}</memory>
  <vcpu placement='static'>${vm.cpu}</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type>${direct.join('') || `<boot dev='hd'/>`}</os>
  <features><acpi/><apic/>${emulation.join('')}</features>
  <cpu mode='${vm.type === 'qemu' ? 'maximum' : 'host-model'}'/>
  <clock offset='utc'>
    <timer name='rtc' tickpolicy='catchup'/>
    <timer name='pit' tickpolicy='delay'/>
    <timer name='hpet' present='no'/>
  </clock>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>restart</on_crash>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' cache='none' io='native' discard='unmap'/>
      <source file='${escaped(vm.disk)}'/>
      <target dev='vda' bus='virtio'/>
      ${element('serial', vm.name.slice(0, 20))}
    </disk>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/>
      <source file='${escaped(vm.seed)}'/>
      <target dev='vdb' bus='virtio'/>
      <readonly/>
    </disk>
    <interface type='bridge'>
      <mac address='${escaped(vm.mac)}'/>
      <source bridge='${escaped(vm.bridge)}'/>
      <target dev='${escaped(vm.tap)}'/>
      <model type='virtio'/>
      <rom enabled='no'/>
      <port isolated='yes'/>
      <filterref filter='${GUEST_FILTER}'>${senders(vm)}</filterref>
    </interface>
    <serial type='pty'><target port='0'/></serial>
    <console type='pty'><target type='serial' port='0'/></console>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
    <memballoon model='virtio'><stats period='10'/></memballoon>
  </devices>
</domain>
`;
}

/** Parameters of the filter. Without an address of its own a guest has that of nobody, and the link's. */
function senders({ mac, ipv4, ipv6 }: DomainModel): string {
  const addresses = [
    ['GUEST_IPV4', ipv4 ?? '0.0.0.0'],
    ['GUEST_IPV6', linkLocalOf(mac)],
    ...(ipv6 === null ? [] : [['GUEST_IPV6', ipv6] as const]),
  ] as const;
  return addresses.map(([name, value]) => `<parameter name='${name}' value='${escaped(value)}'/>`).join('');
}

function element(name: string, text: string): string {
  return `<${name}>${escaped(text)}</${name}>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&apos;',
  '"': '&quot;',
};

function escaped(text: string): string {
  return text.replace(/[&<>'"]/g, (character) => ENTITIES[character] ?? '');
}
