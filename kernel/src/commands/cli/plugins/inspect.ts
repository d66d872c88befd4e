import { BlockhostError } from '../../../errors/blockhost-error.js';
import type { Kernel } from '../../../loader/kernel.js';
import type { PluginStatus } from '../../../loader/plugin-status.js';
import { didYouMean } from '../../../manifests/nearest.js';
import { portContracts } from '../../../ports/contracts.js';
import { inspectionText } from '../../../tools/inspection-text.js';
import { Args, BlockhostCommand, Flags } from '../../index.js';

export default class PluginsInspect extends BlockhostCommand {
  static override summary = 'Show what a plugin contributes, needs and costs';
  static override description =
    'Reads the manifest only. With --activate the services of the plugin are imported, built and activated, which shows the tokens they were given, what each phase took, and what goes wrong.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> hosting',
    '<%= config.bin %> <%= command.id %> hosting --activate --json',
  ];
  static override enableJsonFlag = true;
  static override args = { name: Args.string({ required: true, description: 'name of the plugin' }) };
  static override flags = { activate: Flags.boolean({ summary: 'Activate its services and measure them' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsInspect);
    const kernel = this.kernel;
    const before = find(kernel, args.name);
    if (flags.activate && !before.error) await activate(kernel, before);
    const plugin = find(kernel, args.name);
    const { error, ...facts } = plugin;
    this.result(
      { ...facts, error: error ? { code: error.code, help: error.toHelp() } : null },
      inspectionText(plugin),
    );
    if (flags.activate && error) process.exitCode = 1;
  }
}

function find(kernel: Kernel, name: string): PluginStatus {
  const plugins = kernel.plugins();
  const found = plugins.find((plugin) => plugin.name === name);
  if (found) return found;
  const names = plugins.map((plugin) => plugin.name);
  throw new BlockhostError('plugins.not-installed', `No plugin named "${name}" is installed.`, {
    remedy: didYouMean(name, names, 'See what is installed: blockhost plugins list'),
  });
}

/** Failures are part of what is shown: the status carries them. */
async function activate(kernel: Kernel, { manifest }: PluginStatus): Promise<void> {
  for (const { port } of manifest?.provides ?? []) {
    const contract = portContracts.get(port);
    if (contract) await kernel.get(contract.token).catch(() => {});
  }
}
