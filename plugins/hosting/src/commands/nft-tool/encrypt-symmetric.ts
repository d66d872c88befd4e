import { Flags } from '@blockhost/kernel/command';
import { fromAnywhere, NftToolCommand } from '../../nft-tool/nft-tool-command.js';

export default class EncryptSymmetric extends NftToolCommand {
  static override summary = 'Encrypt a text under the signature of a wallet';
  static override description =
    'The form in which a credential carries connection details, and a backup the configuration.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --signature @admin-signature.key --plaintext @config.yaml',
    '<%= config.bin %> <%= command.id %> --signature @signature.txt --plaintext - < details.json',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    signature: Flags.string({
      ...fromAnywhere,
      summary: 'signature of the wallet over the public secret',
      required: true,
    }),
    plaintext: Flags.string({
      ...fromAnywhere,
      summary: 'text to encrypt, taken to the last byte',
      required: true,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(EncryptSymmetric);
    const codec = await this.codec();
    const signature = await this.signature(codec, flags.signature);
    const ciphertext = codec.cipher.seal(signature, await this.secret('plaintext', flags.plaintext));
    this.result({ ciphertext }, ciphertext);
  }
}
