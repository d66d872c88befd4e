import { BlockhostError } from '@blockhost/kernel';
import { Args } from '@blockhost/kernel/command';
import { answered } from '../../../wallets/answered.js';
import { tokenFacts } from '../../../wallets/asset.js';
import { argument } from '../../../wallets/usage.js';
import { sendingFlags, WalletCommand } from '../../../wallets/wallet-command.js';

export default class WalletConfigStable extends WalletCommand {
  static override summary = 'Show or set the stablecoin that customers pay with';
  static override description = 'Prints its address. Setting the one that is set sends nothing.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> 0x…',
  ];
  static override enableJsonFlag = true;
  static override args = {
    address: Args.string({ name: 'ADDRESS', description: 'the token to be paid with from now on' }),
  };
  static override flags = sendingFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WalletConfigStable);
    const host = await this.host();
    const { chain } = host;
    const present = await chain.plans.stablecoin();
    const wanted = args.address;
    if (wanted === undefined) {
      const address = answered(present, 'The stablecoin', 'Set one by giving its address.');
      return this.result({ address }, address);
    }
    const address = await argument('ADDRESS', () => chain.addresses.parse(wanted));
    const same = present.kind === 'present' && chain.addresses.same(present.value, address);
    if (!same) {
      if (present.kind === 'unknown') answered(present, 'The stablecoin');
      if ((await tokenFacts(address, chain)) === null)
        throw new BlockhostError('wallet.no-token', `${address} is not a token that can be paid with.`);
      await this.send(host, chain.plans.setStablecoin(address), await this.ownerKey(host), flags);
    }
    this.result({ address }, address);
  }
}
