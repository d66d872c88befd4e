import { readHealth } from '../../daemon/health-file.js';
import { findDaemon, knownDaemons } from '../../daemon/known-daemons.js';
import { parentGone } from '../../daemon/parent-gone.js';
import { runDaemon } from '../../daemon/run-daemon.js';
import { boot } from '../../loader/boot.js';
import { EXEC } from '../../ports/exec.js';
import { LOGGER } from '../../ports/logger.js';
import { PATHS } from '../../ports/paths.js';
import { Args, BlockhostCommand, Flags } from '../index.js';

export default class DaemonCommand extends BlockhostCommand {
  static override summary = 'Run one daemon in the foreground, as systemd does, or ask how it is';
  static override examples = [
    '<%= config.bin %> <%= command.id %> monitor',
    '<%= config.bin %> <%= command.id %> monitor --health --json',
  ];
  static override args = {
    name: Args.string({ description: 'Name of the daemon', required: true }),
  };
  static override flags = {
    health: Flags.boolean({ description: 'Tell how the running daemon is; exit 1 unless it is healthy' }),
  };
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DaemonCommand);
    if (flags.health) return this.#health(args.name);

    // A kernel of its own: it logs for the journal, not for a person waiting for a command.
    const kernel = await boot({ process: args.name });
    try {
      const [paths, exec, log] = [await kernel.get(PATHS), await kernel.get(EXEC), await kernel.get(LOGGER)];
      await runDaemon({
        id: args.name,
        load: findDaemon(knownDaemons(kernel), args.name).load,
        paths,
        exec,
        log,
        signal: AbortSignal.any([this.signal, parentGone()]),
      });
    } finally {
      await kernel.stop();
    }
  }

  async #health(name: string): Promise<void> {
    findDaemon(knownDaemons(this.kernel), name);
    const health = await readHealth(await this.get(PATHS), name);
    const facts = Object.entries(health.facts ?? {}).map(([fact, value]) => `  ${fact}: ${value}`);
    const verdict = health.healthy ? 'healthy' : `unhealthy: ${health.reason ?? 'no reason given'}`;
    this.result(health, [`${name} is ${verdict}`, `  status: ${health.status}`, ...facts]);
    if (!health.healthy) process.exitCode = 1;
  }
}
