import { BlockhostCommand } from '../../blockhost-command.js';
import { readPlugins } from '../../read-plugins.js';

export default class PluginsList extends BlockhostCommand {
  static override summary = 'List the plugins of this host';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    await this.parse(PluginsList);
    const plugins = await readPlugins();
    this.result(
      plugins,
      plugins.map((plugin) => `${plugin.name} ${plugin.kind}`),
    );
  }
}
