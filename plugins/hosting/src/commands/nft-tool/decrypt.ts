import { Flags } from '@blockhost/kernel/command';
import { openTextFrom, parsePrivateKey } from '@blockhost/kernel/crypto';
import { fromAnywhere, keyFile, NftToolCommand } from '../../nft-tool/nft-tool-command.js';

export default class Decrypt extends NftToolCommand {
  static override summary = 'Decrypt what was encrypted to a public key';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --private-key-file /etc/blockhost/server.key --ciphertext @message.hex',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    'private-key-file': Flags.string({ ...keyFile, required: true }),
    ciphertext: Flags.string({ ...fromAnywhere, summary: 'encrypted data, hex', required: true }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Decrypt);
    const source = { flag: 'private-key', given: undefined, file: flags['private-key-file'] };
    const key = await this.privateKey(source, parsePrivateKey);
    const plaintext = openTextFrom(key, await this.hex('ciphertext', flags.ciphertext));
    this.result({ plaintext }, plaintext);
  }
}
