import { BlockhostError, CHAIN_CODEC, CHAIN_ENGINE, CONFIG } from '@blockhost/kernel';
import { Args, BlockhostCommand } from '@blockhost/kernel/command';
import { BLOCKHOST_YAML } from '@blockhost/kernel/host-files';
import { ownerOf, parseTokenId } from '../../wallets/credential-owner.js';
import { argument } from '../../wallets/usage.js';

export default class WalletWho extends BlockhostCommand {
  static override summary = 'Tell who owns a credential, or who signed a message';
  static override description =
    `One word: the id of a credential, or "admin" for the administrator's. Two words, in any order: a message and its
signature, for which no network is asked. Prints an address.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> 7',
    '<%= config.bin %> <%= command.id %> admin',
    "<%= config.bin %> <%= command.id %> 'a message' 0x…",
  ];
  static override enableJsonFlag = true;
  static override usage = '<%= command.id %> ID | MESSAGE SIGNATURE';
  static override args = {
    first: Args.string({ name: 'ID', description: 'id, "admin", message or signature', required: true }),
    second: Args.string({ name: 'SIGNATURE', description: 'signature or message' }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(WalletWho);
    const address =
      args.second === undefined ? await this.#owner(args.first) : await this.#signer(args.first, args.second);
    this.result({ address }, address);
  }

  async #owner(word: string): Promise<string> {
    const id =
      word === 'admin' ? await this.#adminCredential() : await argument('ID', () => parseTokenId(word));
    return ownerOf(id, await this.get(CHAIN_ENGINE));
  }

  async #adminCredential(): Promise<bigint> {
    const { admin } = await (await this.get(CONFIG)).read(BLOCKHOST_YAML);
    if (admin !== undefined) return BigInt(admin.credential_nft_id ?? 0);
    throw new BlockhostError('wallet.no-admin', 'blockhost.yaml names no administrator.', {
      remedy: 'Run the set-up, or add the section "admin".',
    });
  }

  async #signer(first: string, second: string): Promise<string> {
    const { messages } = await this.get(CHAIN_CODEC);
    const orders = [
      { message: first, signature: second },
      { message: second, signature: first },
    ];
    for (const { message, signature } of orders) {
      const signer = messages.isSignature(signature) ? await messages.recover(message, signature) : null;
      if (signer !== null) return signer;
    }
    throw new BlockhostError('wallet.no-signer', 'Neither of the two is the signature of anybody.', {
      remedy: 'Give a message and its signature as the wallet printed it.',
    });
  }
}
