import { BlockhostError } from '../../../errors/blockhost-error.js';
import { findPluginFolder } from '../../../tools/plugin-folder.js';
import { Args, BlockhostCommand } from '../../index.js';

export default class PluginsPack extends BlockhostCommand {
  static override summary = 'Build the Debian package of a plugin (not available yet)';
  static override examples = ['<%= config.bin %> <%= command.id %> ./demo-cloud'];
  static override args = {
    dir: Args.string({ required: true, description: 'folder of the plugin, with its manifest' }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(PluginsPack);
    const { folder } = await findPluginFolder(args.dir);
    throw new BlockhostError(
      'plugins.pack-not-built',
      'This version of BlockHost cannot build Debian packages yet.',
      {
        remedy: `Use the plugin where it lies: blockhost plugins link ${folder}`,
      },
    );
  }
}
