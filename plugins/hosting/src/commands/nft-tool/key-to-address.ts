import { Flags } from '@blockhost/kernel/command';
import { fromAnywhere, keyFile, NftToolCommand } from '../../nft-tool/nft-tool-command.js';

export default class KeyToAddress extends NftToolCommand {
  static override summary = 'Print the address of a private key';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --key-file deployer.key',
    '<%= config.bin %> <%= command.id %> --key @deployer.key',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    key: Flags.string({ ...fromAnywhere, summary: 'the private key' }),
    'key-file': Flags.string({ ...keyFile, exactlyOne: ['key', 'key-file'] }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(KeyToAddress);
    const { keys } = await this.codec();
    const source = { flag: 'key', given: flags.key, file: flags['key-file'] };
    const { address } = await this.privateKey(source, keys.parse);
    this.result({ address }, address);
  }
}
