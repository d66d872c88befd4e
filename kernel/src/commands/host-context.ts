import type { Config } from '@oclif/core/config';
import type { Kernel } from '../loader/kernel.js';
import type { CommandIndex } from './command-index.js';

/** What the command host lends to the command it runs. */
export interface CommandHost {
  /** The one kernel of this process. */
  readonly kernel: Kernel;
  /** Aborted by the first SIGINT or SIGTERM; the second ends the process at once. */
  signal(): AbortSignal;
  readonly index: CommandIndex;
}

// A global symbol on oclif's configuration: a plugin may carry its own copy of this module and of oclif.
const key = Symbol.for('blockhost.command-host');

type Carrier = Partial<Record<symbol, CommandHost>>;

export function lendHost(config: Config, host: CommandHost): void {
  (config as unknown as Carrier)[key] = host;
}

export function hostOf(config: unknown): CommandHost {
  const host = (config as Carrier)[key];
  if (!host) throw new Error('This command was not started by the command host.');
  return host;
}
