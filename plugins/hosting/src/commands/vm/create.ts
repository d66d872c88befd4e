import { CHAIN_ENGINE, type VmRecord } from '@blockhost/kernel';
import { Flags } from '@blockhost/kernel/command';
import { provisionVm, wantedOf } from '../../vms/provision-vm.js';
import { VmCommand, vmName } from '../../vms/vm-command.js';
import { argument, usage } from '../../wallets/usage.js';

const DAY_MS = 86_400_000;

export default class VmCreate extends VmCommand {
  static override summary = 'Make a VM without a purchase';
  static override description = `Without --apply nothing is made: the line says what would be.
A command that was cut off is finished by giving it again.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> test-1 --owner-wallet 0x… --expiry-days 3 --apply',
  ];
  static override enableJsonFlag = true;
  static override args = { name: vmName };
  static override flags = {
    'owner-wallet': Flags.string({ summary: 'address of the owner', helpValue: 'ADDRESS', required: true }),
    'nft-token-id': Flags.string({ summary: 'id of the credential, when there is one', helpValue: 'ID' }),
    'expiry-days': Flags.integer({
      summary: 'days until it expires',
      helpValue: 'DAYS',
      default: 30,
      min: 1,
    }),
    'expires-at': Flags.string({
      summary: 'when it expires, ISO 8601; wins over --expiry-days',
      helpValue: 'TIME',
    }),
    cpu: Flags.integer({ summary: 'number of CPUs', helpValue: 'N', default: 1, min: 1, max: 128 }),
    memory: Flags.integer({ summary: 'memory', helpValue: 'MIB', default: 2048, min: 256, max: 1_048_576 }),
    disk: Flags.integer({ summary: 'disk', helpValue: 'GIB', default: 20, min: 1 }),
    username: Flags.string({ summary: 'login user', helpValue: 'NAME', default: 'admin' }),
    'plan-id': Flags.string({ summary: 'plan it counts for', helpValue: 'ID' }),
    apply: Flags.boolean({ summary: 'really make it' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(VmCreate);
    const { vms, provisioner } = await this.services();
    const { addresses: codec } = await this.get(CHAIN_ENGINE);
    const ownerWallet = await argument('--owner-wallet', () => codec.parse(flags['owner-wallet']));
    const tokenId = flags['nft-token-id'] ?? null;
    if (tokenId !== null && !/^(0|[1-9]\d{0,77})$/.test(tokenId))
      throw usage(`--nft-token-id: "${tokenId}" is not the id of a credential, a whole number.`);
    const until = flags['expires-at'];
    if (until !== undefined && Number.isNaN(Date.parse(until)))
      throw usage(
        `--expires-at: "${until}" is not a moment in ISO 8601.`,
        'Write it as 2027-01-31T12:00:00Z.',
      );
    const days = Date.now() + flags['expiry-days'] * DAY_MS;
    await this.onVm(args.name, 'create', async (run) => {
      const known = await vms.get(args.name);
      const order = {
        name: args.name,
        operationId: known?.status === 'creating' ? known.operationId : crypto.randomUUID(),
        ownerWallet,
        planId: flags['plan-id'] ?? null,
        username: flags.username,
        cpu: flags.cpu,
        memoryMb: flags.memory,
        diskGb: flags.disk,
        expiresAt: until ?? new Date(days).toISOString(),
      };
      const vm = flags.apply
        ? await provisionVm(order, tokenId, { vms, provisioner, run })
        : await vms.reserve(order, { ...(await wantedOf(provisioner)), preview: true });
      const made = resultLine(vm, tokenId, !flags.apply);
      this.result(made, `BLOCKHOST_RESULT: ${JSON.stringify(made)}`);
    });
  }
}

/** The result line of provisioners.md 3.1. */
function resultLine(vm: VmRecord, tokenId: string | null, dryRun: boolean): object {
  return {
    status: 'ok',
    vm_name: vm.name,
    ip: vm.ipv4 ?? '',
    ipv6: vm.ipv6 ?? '',
    vmid: vm.vmid || vm.backendRef,
    nft_token_id: tokenId === null ? null : Number(tokenId),
    username: vm.username,
    fqdn: vm.fqdn,
    expires_at: vm.expiresAt,
    ...(dryRun && { dry_run: true }),
  };
}
