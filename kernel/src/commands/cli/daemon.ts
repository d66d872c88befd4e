import { readHealth } from '../../daemon/health-file.js';
import { findDaemon, type KnownDaemon, knownDaemons } from '../../daemon/known-daemons.js';
import { parentGone } from '../../daemon/parent-gone.js';
import { runDaemon } from '../../daemon/run-daemon.js';
import { BlockhostError, isBlockhostError } from '../../errors/blockhost-error.js';
import { boot } from '../../loader/boot.js';
import { logFormat } from '../../log/create-logger.js';
import { EXEC } from '../../ports/exec.js';
import { LOGGER } from '../../ports/logger.js';
import { PATHS } from '../../ports/paths.js';
import { Args, BlockhostCommand, Flags } from '../index.js';

export default class DaemonCommand extends BlockhostCommand {
  static override summary = 'Run one daemon in the foreground, as systemd does, or ask how it is';
  static override description =
    `Runs until SIGTERM or SIGINT, finishes what is under way and ends with 0; a second signal ends it at once. One that fails ends with 1 and tells why once: as a record of the log, or as text where the log is text (BLOCKHOST_LOG_FORMAT, else in a terminal).

--health starts nothing: it tells what the running daemon last said of itself, which it is asked every 5 s, and ends with
  0  when it is healthy
  1  when it waits for something (unhealthy), has missed three checks, or is not running
  2  when no plugin has such a daemon`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> monitor',
    '<%= config.bin %> <%= command.id %> monitor --health --json',
  ];
  static override args = {
    name: Args.string({ description: 'Name of the daemon', required: true }),
  };
  static override flags = {
    health: Flags.boolean({
      description: 'Tell how the running daemon is; ends with 0 only when it is healthy',
    }),
  };
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DaemonCommand);
    if (flags.health) return this.#health(args.name);

    // A kernel of its own: it logs for the journal, not for a person waiting for a command.
    const kernel = await boot({ process: args.name });
    const log = await kernel.get(LOGGER);
    try {
      const daemon = findDaemon(knownDaemons(kernel), args.name);
      const [paths, exec] = [await kernel.get(PATHS), await kernel.get(EXEC)];
      const signal = AbortSignal.any([this.signal, parentGone()]);
      await runDaemon({ ...daemon, paths, exec, log, signal }).catch((error) => throwFailure(daemon, error));
    } catch (error) {
      // Told once: a person reads the help text that the command host prints, the journal takes one record.
      if (logFormat() === 'text') throw error;
      log.error('daemon failed', { error });
      process.exitCode = isBlockhostError(error) ? error.exitCode : 1;
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

/** An error that is no sentence for people is a fault of the plugin's code. */
function throwFailure({ id, plugin }: KnownDaemon, error: unknown): never {
  if (isBlockhostError(error)) throw error;
  const { bugs } = plugin.manifest ?? {};
  throw new BlockhostError('daemon.failed', `The daemon "${id}" failed.`, {
    cause: error,
    remedy: `This is a fault of the plugin ${plugin.name}.${bugs ? ` Tell its authors: ${bugs}` : ''}`,
  });
}
