import { join, resolve } from 'node:path';
import { BlockhostError } from '../../../errors/blockhost-error.js';
import { newPlugin } from '../../../tools/scaffold/new-plugin.js';
import { Args, BlockhostCommand, Flags } from '../../index.js';

const kinds = ['provisioner', 'plugin', 'engine', 'broker'] as const;

export default class PluginsNew extends BlockhostCommand {
  static override summary = 'Write a new plugin that compiles, passes its tests and runs';
  static override examples = [
    '<%= config.bin %> <%= command.id %> provisioner demo-cloud',
    '<%= config.bin %> <%= command.id %> plugin demo-tool --dir ~/src/demo-tool',
  ];
  static override enableJsonFlag = true;
  static override args = {
    kind: Args.option({ options: kinds })({ required: true, description: 'role of the plugin' }),
    name: Args.string({ required: true, description: 'name of the plugin, e.g. demo-cloud' }),
  };
  static override flags = {
    dir: Flags.string({ summary: 'Folder to write into; ./NAME unless told', helpValue: 'PATH' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsNew);
    if (args.kind !== 'provisioner' && args.kind !== 'plugin')
      throw new BlockhostError(
        'plugins.no-template',
        `There is no template for a new ${args.kind} plugin yet.`,
        {
          remedy: `Write ${args.kind}.json and its modules by hand: manifests/README.md has a whole one, CONTRIBUTING.md what the modules export, and \`blockhost plugins check\` tells what is missing.`,
        },
      );
    const kernelHome = join(import.meta.dirname, '../../../..');
    const made = await newPlugin(args.kind, args.name, resolve(flags.dir ?? args.name), kernelHome);
    const { folder, toolsLinked } = made;
    this.progress(`A new ${args.kind} is in ${folder}. Next:`);
    for (const step of ['npm run build', 'npm test', 'blockhost plugins check .', 'blockhost plugins link .'])
      this.progress(`  ${toolsLinked || step !== 'npm run build' ? step : `npm install && ${step}`}`);
    this.result(made, folder);
  }
}
