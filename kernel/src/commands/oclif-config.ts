import type { Interfaces } from '@oclif/core';
import type { Command } from '@oclif/core/command';
import { KERNEL_VERSION } from '../version.js';
import { type CommandIndex, type IndexedCommand } from './command-index.js';
import { loadCommand } from './load-command.js';
import { Config } from './oclif.js';

const DESCRIPTION = 'BlockHost: makes this machine a VPS provider whose customers serve themselves';

/** One oclif configuration over the commands of every plugin; nothing is read from disk, nothing imported. */
export async function oclifConfig(home: string, index: CommandIndex): Promise<Config> {
  const byPlugin = Map.groupBy(index.commands.values(), (command) => command.plugin);
  const plugins = new Map([
    ['kernel', oclifPlugin(home, 'kernel', byPlugin.get('kernel') ?? [], topicsOf(index))],
  ]);
  for (const [name, commands] of byPlugin)
    if (name !== 'kernel') plugins.set(name, oclifPlugin(home, name, commands, []));
  return await Config.load({ root: home, plugins, version: KERNEL_VERSION });
}

type Topic = Interfaces.Topic;

function oclifPlugin(
  home: string,
  name: string,
  commands: readonly IndexedCommand[],
  topics: Topic[],
): Interfaces.Plugin {
  const isRoot = name === 'kernel';
  return {
    _base: '',
    alias: name,
    commandIDs: commands.map(({ id }) => id),
    commands: commands.map(
      (command): Command.Loadable => ({
        ...command.cached,
        pluginName: name,
        pluginAlias: name,
        load: () => loadCommand(command),
      }),
    ),
    commandsDir: undefined,
    findCommand: (id: string) => {
      const command = commands.find((each) => each.id === id);
      if (!command) throw new Error(`${name} has no command ${id}`);
      return loadCommand(command);
    },
    hasManifest: true,
    hooks: {},
    isRoot,
    load: async () => {},
    moduleType: 'module',
    name,
    options: { root: home },
    pjson: {
      name: isRoot ? 'blockhost' : name,
      version: KERNEL_VERSION,
      description: DESCRIPTION,
      oclif: { bin: 'blockhost', topicSeparator: ' ', additionalHelpFlags: ['-h'] },
    },
    root: home,
    topics,
    type: 'core',
    valid: true,
    version: KERNEL_VERSION,
  };
}

/** Topics say which commands they hold: nobody has to write, or forget to change, another sentence about them. */
function topicsOf(index: CommandIndex): Topic[] {
  const children = new Map<string, Set<string>>();
  for (const [id, { cached }] of index.commands) {
    if (cached.hidden) continue;
    const parts = id.split(':');
    for (let length = 1; length < parts.length; length += 1) {
      const topic = parts.slice(0, length).join(':');
      const names = children.get(topic) ?? new Set();
      children.set(topic, names.add(parts[length] ?? ''));
    }
  }
  return [...children].map(([name, names]) => ({ name, description: [...names].sort().join(', ') }));
}
