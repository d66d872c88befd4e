import { checkPlugin } from '../../../tools/check/check-plugin.js';
import { checkText } from '../../../tools/check/check-text.js';
import { findPluginFolder } from '../../../tools/plugin-folder.js';
import { Args, BlockhostCommand, Flags } from '../../index.js';

export default class PluginsCheck extends BlockhostCommand {
  static override summary = 'Check the manifest, the entries and the ports of a plugin';
  static override description =
    'Validates the manifest, imports every entry and compares it with what the manifest promises, and runs the conformance suites of the ports it provides. Runs the code of the plugin. Exit code 1 when something is not in order.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> .',
    '<%= config.bin %> <%= command.id %> ./demo-cloud --json',
  ];
  static override enableJsonFlag = true;
  static override args = {
    dir: Args.string({ default: '.', description: 'folder of the plugin, or its manifest file' }),
  };
  static override flags = {
    strict: Flags.boolean({
      default: true,
      allowNo: true,
      summary: 'Unknown keys of the manifest are problems',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsCheck);
    // The caller names the code to run. This host's plugins, and what root may load of them, have no part in it.
    await this.kernel.stop();
    const report = await checkPlugin(await findPluginFolder(args.dir), flags);
    const { ok, plugin, problems, entries, ports } = report;
    this.result(
      {
        ok,
        name: plugin.name,
        manifest: plugin.file,
        problems,
        entries: entries.map(({ error, ...entry }) => ({ ...entry, error: error?.toHelp() ?? null })),
        ports: ports.map(({ error, ...port }) => ({ ...port, error: error?.toHelp() ?? null })),
      },
      checkText(report),
    );
    if (!ok) process.exitCode = 1;
  }
}
