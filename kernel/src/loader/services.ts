import { systemClock } from '../clock/system-clock.js';
import { ROOT_ACTIONS } from '../entries/root-actions.js';
import { CLOCK, type Clock } from '../ports/clock.js';
import { CONFIG } from '../ports/config.js';
import { EXEC } from '../ports/exec.js';
import { LOGGER, type Logger } from '../ports/logger.js';
import { PATHS, type Paths } from '../ports/paths.js';
import { serviceToken } from '../ports/token.js';
import type { Kernel } from './kernel.js';

/** What one service costs is paid when somebody first asks for it. */
export type Services = ReadonlyMap<symbol, () => unknown>;

/** Everything the kernel itself provides. `onStop` takes what has to be closed when the kernel stops. */
export function kernelServices(
  {
    paths,
    log,
    clock = systemClock,
  }: { readonly paths: Paths; readonly log: Logger; readonly clock?: Clock },
  kernel: Kernel,
  onStop: (name: string, close: () => unknown) => void,
): Services {
  return new Map<symbol, () => unknown>([
    [PATHS, () => paths],
    [LOGGER, () => log],
    [CLOCK, () => clock],
    [CONFIG, async () => (await import('../config/create-host-config.js')).createHostConfig({ paths })],
    [EXEC, async () => (await import('../exec/create-exec.js')).createExec({ paths })],
    [ROOT_ACTIONS, async () => (await import('./root-action-modules.js')).rootActionModules(kernel, paths)],
    [
      serviceToken('database'),
      async () => {
        const [{ openDatabase }, { databaseUrl }, entries] = await Promise.all([
          import('../store/database.js'),
          import('../store/database-url.js'),
          kernel.importAll('migrations'),
        ]);
        const migrations = entries.map(({ plugin, entry }) => ({ plugin, migrations: entry.migrations }));
        const database = await openDatabase({ paths, migrations, url: await databaseUrl(paths) });
        onStop('close the database', () => database.destroy());
        return database;
      },
    ],
  ]);
}
