import { Args, Flags } from '@blockhost/kernel/command';
import { VmCommand, vmName } from '../../vms/vm-command.js';

export default class VmUpdateGecos extends VmCommand {
  static override summary = 'Set who may log in to a VM';
  static override description =
    'Writes wallet and credential into the login comment of the running VM and reads them back.';
  static override examples = ['<%= config.bin %> <%= command.id %> blockhost-001 0x… --nft-id 7'];
  static override enableJsonFlag = true;
  static override args = {
    name: vmName,
    wallet: Args.string({ name: 'WALLET', description: 'address of the owner', required: true }),
  };
  static override flags = {
    'nft-id': Flags.string({ summary: 'id of the credential', helpValue: 'ID', required: true }),
    username: Flags.string({ summary: 'login user; as recorded unless told', helpValue: 'NAME' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(VmUpdateGecos);
    const { vms, provisioner } = await this.services();
    this.require(provisioner, 'updateGecos');
    await this.onVm(args.name, 'update-gecos', async () => {
      const vm = await this.live(vms, args.name);
      const username = flags.username ?? vm.username;
      await provisioner.updateGecos?.(vm, { wallet: args.wallet, tokenId: flags['nft-id'], username });
      const isRecorded = vm.ownerWallet === args.wallet && vm.nftTokenId === flags['nft-id'];
      const login = { ownerWallet: args.wallet, tokenId: flags['nft-id'] };
      if (isRecorded) await vms.setGecosSynced(vm.name, true, login);
    });
    this.result({ name: args.name, wallet: args.wallet, nft_token_id: flags['nft-id'] }, []);
  }
}
