import type { PluginStatus } from '../../../loader/plugin-status.js';
import { PATHS } from '../../../ports/paths.js';
import { alignColumns } from '../../../tools/align-columns.js';
import { BlockhostCommand } from '../../index.js';

export default class PluginsList extends BlockhostCommand {
  static override summary = 'List the plugins of this host, with their state';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    await this.parse(PluginsList);
    const plugins = this.kernel.plugins();
    if (plugins.length === 0) {
      const { share } = await this.get(PATHS);
      this.progress(`This host has no plugins: there is no manifest in ${share}.`);
    }
    this.result(
      plugins.map((plugin) => ({
        name: plugin.name,
        kind: plugin.kind,
        version: plugin.version,
        state: plugin.state,
        package: plugin.package,
        reason: plugin.reason,
        manifest: plugin.file,
      })),
      alignColumns(plugins.map(row)),
    );
  }
}

function row({ name, kind, version, state, package: owner, reason }: PluginStatus): string[] {
  return [name, kind, version ?? '-', state, owner ?? '-', reason ?? ''];
}
