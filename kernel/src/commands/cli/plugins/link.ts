import { lstat, readlink, realpath, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../../config/make-folder.js';
import { BlockhostError } from '../../../errors/blockhost-error.js';
import { resolvePaths } from '../../../paths/resolve-paths.js';
import { findPluginFolder, manifestName, manifestPlace } from '../../../tools/plugin-folder.js';
import { Args, BlockhostCommand, Flags } from '../../index.js';

export default class PluginsLink extends BlockhostCommand {
  static override summary = 'Make this host use a plugin where it lies';
  static override description =
    'Links the manifest of the plugin into the share folder of the host (below BLOCKHOST_ROOT), without installing or copying anything.';
  static override examples = [
    'BLOCKHOST_ROOT=/tmp/host <%= config.bin %> <%= command.id %> ./demo-cloud',
    {
      command: '<%= config.bin %> <%= command.id %> ./demo-cloud --replace',
      description: 'Use it in place of the provisioner that is linked now',
    },
  ];
  static override enableJsonFlag = true;
  static override args = {
    dir: Args.string({ required: true, description: 'folder of the plugin, with its manifest' }),
  };
  static override flags = {
    replace: Flags.boolean({ summary: 'Take the place of a link to another plugin' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsLink);
    const found = await findPluginFolder(args.dir);
    const name = await manifestName(found);
    const place = manifestPlace(resolvePaths(process.env).share, found.kind, name);
    const target = await realpath(found.file);
    const present = await presentAt(place);
    if (present.kind === 'file' || (present.kind === 'link' && present.target !== target && !flags.replace))
      throw new BlockhostError('plugins.place-taken', `${place} already belongs to another plugin.`, {
        facts: present.kind === 'link' ? { 'it links to': present.target } : {},
        remedy:
          present.kind === 'link'
            ? 'Give --replace to use this plugin in its place.'
            : 'It was installed, not linked: remove its package first.',
      });
    if (present.kind === 'link' && present.target !== target) await rm(place);
    if (present.kind !== 'link' || present.target !== target) {
      await makeFolder(dirname(place), 0o755);
      await symlink(target, place);
    }
    this.result({ name, kind: found.kind, manifest: place, target }, `${place} -> ${target}`);
  }
}

type Present = { kind: 'nothing' } | { kind: 'file' } | { kind: 'link'; target: string };

async function presentAt(place: string): Promise<Present> {
  const facts = await lstat(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!facts) return { kind: 'nothing' };
  return facts.isSymbolicLink() ? { kind: 'link', target: await readlink(place) } : { kind: 'file' };
}
