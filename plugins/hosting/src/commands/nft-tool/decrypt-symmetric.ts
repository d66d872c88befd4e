import type { Hex } from '@blockhost/kernel';
import { Flags } from '@blockhost/kernel/command';
import { fromAnywhere, NftToolCommand } from '../../nft-tool/nft-tool-command.js';

export default class DecryptSymmetric extends NftToolCommand {
  static override summary = 'Decrypt what was encrypted under the signature of a wallet';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --signature @admin-signature.key --ciphertext @blockhost-config.enc',
    '<%= config.bin %> <%= command.id %> --signature - --ciphertext 0x38a2… < signature.txt',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    signature: Flags.string({
      ...fromAnywhere,
      summary: 'signature of the wallet over the public secret',
      required: true,
    }),
    ciphertext: Flags.string({ ...fromAnywhere, summary: 'encrypted data, hex', required: true }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DecryptSymmetric);
    const codec = await this.codec();
    const signature = await this.signature(codec, flags.signature);
    const plaintext = codec.cipher.open(signature, await this.hex<Hex>('ciphertext', flags.ciphertext));
    this.result({ plaintext }, plaintext);
  }
}
