import { Args } from '@blockhost/kernel/command';
import { ownerOf, parseTokenId } from '../../../wallets/credential-owner.js';
import { argument, usage } from '../../../wallets/usage.js';
import { sendingFlags, WalletCommand } from '../../../wallets/wallet-command.js';

export default class WalletSetEncrypt extends WalletCommand {
  static override summary = 'Replace the encrypted data of a credential';
  static override description = 'Prints the hash of the transaction.';
  static override examples = ['<%= config.bin %> <%= command.id %> 7 0x…'];
  static override enableJsonFlag = true;
  static override args = {
    id: Args.string({ name: 'ID', description: 'id of the credential', required: true }),
    data: Args.string({
      name: 'DATA',
      description: '"0x" and an even number of hex digits',
      required: true,
    }),
  };
  static override flags = sendingFlags;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WalletSetEncrypt);
    const id = await argument('ID', () => parseTokenId(args.id));
    if (!/^0x([0-9a-f]{2})*$/i.test(args.data))
      throw usage('DATA: it is not "0x" and an even number of hex digits.');
    const host = await this.host();
    const owner = await this.ownerKey(host);
    await ownerOf(id, host.chain);
    const draft = host.chain.credentials.updateUserData(id, args.data.toLowerCase());
    const { hash } = await this.send(host, draft, owner, flags);
    this.result({ transaction: hash, token_id: id }, hash);
  }
}
