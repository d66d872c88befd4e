import { styleText } from 'node:util';
import { findDaemon, type KnownDaemon, knownDaemons } from '../../daemon/known-daemons.js';
import { claimInstance } from '../../daemon/single-instance.js';
import { BlockhostError } from '../../errors/blockhost-error.js';
import { PATHS } from '../../ports/paths.js';
import { supervise } from '../../tools/supervise.js';
import { Args, BlockhostCommand } from '../index.js';

const COLOURS = ['cyan', 'magenta', 'blue', 'yellow', 'green'] as const;

export default class Up extends BlockhostCommand {
  static override summary = 'Run the daemons of this host in one terminal, for development';
  static override description =
    'Refuses when one of them runs already. Starts those that crash again, after a pause that grows to 30 s. Ctrl-C stops them all; none of them outlives this command.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> monitor',
  ];
  static override args = { names: Args.string({ description: 'Names of the daemons; all unless given' }) };
  static override strict = false;

  async run(): Promise<void> {
    const { argv } = await this.parse(Up);
    const daemons = this.#chosen(argv.map(String));
    const paths = await this.get(PATHS);
    // What already runs is not a crash to be repeated.
    for (const { id } of daemons) await (await claimInstance(paths, id)).release();
    const width = Math.max(...daemons.map(({ id }) => id.length));
    const prefixes = new Map(daemons.map(({ id }, index) => [id, prefix(id.padEnd(width), index)]));

    await supervise({
      children: daemons.map(({ id }) => ({ name: id, argv: [...self(), 'daemon', id] })),
      env: {
        BLOCKHOST_LOG_FORMAT: 'text',
        ...(process.stderr.isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: '1' } : {}),
        ...process.env,
      },
      signal: this.signal,
      onLine: (name, line) => this.progress(`${prefixes.get(name)} ${line}`),
    });
  }

  /** The named ones, or all whose plugin is usable; a required plugin that is not ends the command. */
  #chosen(names: readonly string[]): KnownDaemon[] {
    const known = knownDaemons(this.kernel);
    if (names.length > 0) return [...new Set(names)].map((name) => findDaemon(known, name));
    for (const { plugin, id } of known.filter(({ plugin }) => plugin.error)) {
      if (plugin.required && plugin.error) throw plugin.error;
      this.progress(`${id} is left out: ${plugin.reason}`);
    }
    const usable = known.filter(({ plugin }) => !plugin.error);
    if (usable.length > 0) return usable;
    throw new BlockhostError('daemon.none', 'No plugin of this host has a daemon to run.', {
      remedy: 'See which plugins there are: blockhost plugins list',
    });
  }
}

/** How this process was started, up to the program's name. */
function self(): [string, ...string[]] {
  const [, main = ''] = process.argv;
  return [process.execPath, ...process.execArgv, main, 'blockhost'];
}

function prefix(name: string, index: number): string {
  const text = `${name} |`;
  const colour = COLOURS[index % COLOURS.length] ?? 'cyan';
  return process.stderr.isTTY && !process.env.NO_COLOR
    ? styleText(colour, text, { validateStream: false })
    : text;
}
