import { Flags } from '@blockhost/kernel/command';
import { encodeHex, parsePrivateKey, publicKeyOf } from '@blockhost/kernel/crypto';
import { fromAnywhere, keyFile, NftToolCommand } from '../../nft-tool/nft-tool-command.js';

export default class DerivePubkey extends NftToolCommand {
  static override summary = 'Print the public key of a private key';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --private-key-file server.key',
    '<%= config.bin %> <%= command.id %> --private-key - < server.key',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    'private-key': Flags.string({ ...fromAnywhere, summary: 'the private key, 64 hex digits' }),
    'private-key-file': Flags.string({ ...keyFile, exactlyOne: ['private-key', 'private-key-file'] }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DerivePubkey);
    const source = { flag: 'private-key', given: flags['private-key'], file: flags['private-key-file'] };
    const public_key = encodeHex(publicKeyOf(await this.privateKey(source, parsePrivateKey))).slice(2);
    this.result({ public_key }, public_key);
  }
}
