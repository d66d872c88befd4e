import type { Interfaces } from '@oclif/core';
import { KERNEL_VERSION } from '../version.js';
import type { CommandIndex } from './command-index.js';
import { loadCommand } from './load-command.js';
import { Config } from './oclif.js';

const DESCRIPTION = 'BlockHost: makes this machine a VPS provider whose customers serve themselves';

/** One oclif configuration over the commands of every plugin; nothing is read from disk, nothing imported. */
export async function oclifConfig(home: string, index: CommandIndex): Promise<Config> {
  const commands = [...index.commands.values()];
  const name = 'blockhost';
  const plugin: Interfaces.Plugin = {
    _base: '',
    alias: name,
    commandIDs: commands.map(({ id }) => id),
    commands: commands.map((command) => ({ ...command.cached, load: () => loadCommand(command) })),
    commandsDir: undefined,
    findCommand: (id: string) => {
      const command = index.commands.get(id);
      if (!command) throw new Error(`there is no command ${id}`);
      return loadCommand(command);
    },
    hasManifest: true,
    hooks: {},
    isRoot: true,
    load: async () => {},
    moduleType: 'module',
    name,
    options: { root: home },
    pjson: {
      name,
      version: KERNEL_VERSION,
      description: DESCRIPTION,
      oclif: { bin: name, topicSeparator: ' ', additionalHelpFlags: ['-h'] },
    },
    root: home,
    topics: topicsOf(index),
    type: 'core',
    valid: true,
    version: KERNEL_VERSION,
  };
  return await Config.load({ root: home, plugins: new Map([[name, plugin]]), version: KERNEL_VERSION });
}

/** Topics say which commands they hold: nobody has to write, or forget to change, another sentence about them. */
function topicsOf(index: CommandIndex): Interfaces.Topic[] {
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
