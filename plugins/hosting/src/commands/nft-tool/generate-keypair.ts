import { Flags } from '@blockhost/kernel/command';
import { encodeHex, generatePrivateKey, privateKeyText, publicKeyOf } from '@blockhost/kernel/crypto';
import { NftToolCommand } from '../../nft-tool/nft-tool-command.js';
import { writeKeyFile } from '../../nft-tool/write-key-file.js';

export default class GenerateKeypair extends NftToolCommand {
  static override summary = 'Make a key pair as the host has one';
  static override description =
    'With --output the private key goes into a file and only the public key is printed.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --show-pubkey',
    '<%= config.bin %> <%= command.id %> --output server.key',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    output: Flags.string({
      summary: 'write the private key to this file, with mode 0600',
      helpValue: 'FILE',
    }),
    'show-pubkey': Flags.boolean({ summary: 'print the public key as well' }),
    force: Flags.boolean({ summary: 'replace the file', dependsOn: ['output'] }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(GenerateKeypair);
    const key = generatePrivateKey();
    const file = privateKeyText(key);
    const public_key = encodeHex(publicKeyOf(key)).slice(2);
    if (flags.output !== undefined) {
      await writeKeyFile(flags.output, file, flags.force);
      return this.result({ public_key }, public_key);
    }
    const private_key = file.trim();
    if (flags['show-pubkey']) this.result({ private_key, public_key }, [private_key, public_key]);
    else this.result({ private_key }, private_key);
  }
}
