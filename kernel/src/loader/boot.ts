import { BlockhostError } from '../errors/blockhost-error.js';
import { createLogger } from '../log/create-logger.js';
import { discover } from '../manifests/discover.js';
import { didYouMean } from '../manifests/nearest.js';
import { trustProblem } from '../manifests/trust.js';
import { resolvePaths } from '../paths/resolve-paths.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Paths } from '../ports/paths.js';
import type { Token } from '../ports/token.js';
import { indexPlugins } from './index-plugins.js';
import type { EntryName, EntryTypes, Kernel } from './kernel.js';
import type { PluginRecord } from './life-cycle.js';
import type { Loading } from './loading.js';
import { pluginStatus } from './plugin-status.js';
import { refuseUntrustedModules } from './refuse-untrusted-modules.js';

export interface BootOptions {
  /** Name of the process, for messages and the log. */
  readonly process: string;
  /** By the environment unless told. */
  readonly paths?: Paths;
  readonly log?: Logger;
  readonly clock?: Clock;
  /**
   * `root-owned` refuses manifests and modules that others than root can change. That is the default of processes that
   * run as root on a real host. Below a `BLOCKHOST_ROOT` the default is `any`: such a host lives in a folder of whoever
   * develops it, and who can set the environment of a root process needs no plugin to be root.
   */
  readonly trust?: 'any' | 'root-owned';
}

/** Reads the manifests of this host and imports nothing. What is wrong with a plugin shows in its status and at its use. */
export async function boot(options: BootOptions): Promise<Kernel> {
  const {
    process: name,
    paths = resolvePaths(process.env),
    log = createLogger({ fields: { process: name } }),
    trust = process.geteuid?.() === 0 && paths.root === '/' ? 'root-owned' : 'any',
  } = options;
  const rootOnly = trust === 'root-owned';
  const index = indexPlugins(discover({ paths, trust: rootOnly }));
  const { records } = index;
  const lift = rootOnly ? refuseUntrustedModules(trustProblem) : () => {};

  let loading: Promise<Loading> | undefined;
  const load = (): Promise<Loading> => {
    loading ??= import('./loading.js').then(({ startLoading }) =>
      startLoading({ ...options, index, paths, log }, kernel),
    );
    return loading;
  };

  const kernel: Kernel = {
    process: name,
    async get<T>(token: Token<T>) {
      return (await (await load()).get(token)) as T;
    },
    import: (async (plugin: string, entry: EntryName | 'daemons', id = '') => {
      const record = find(records, plugin);
      return entry === 'daemons' ? (await load()).daemon(record, id) : (await load()).entry(record, entry);
    }) as Kernel['import'],
    async importAll<E extends EntryName>(entry: E) {
      const entries: { plugin: string; entry: EntryTypes[E] }[] = [];
      for (const record of records) {
        if (record.found.manifest && !record.found.manifest.entries?.[entry]) continue;
        try {
          entries.push({ plugin: record.name, entry: await (await load()).entry(record, entry) });
        } catch (error) {
          if (record.required) throw error;
          log.warn('plugin left out', { plugin: record.name, reason: record.reason });
        }
      }
      return entries;
    },
    plugins: () => records.map(pluginStatus),
    async stop() {
      await (await loading)?.stop();
      lift();
    },
  };
  return kernel;
}

function find(records: readonly PluginRecord[], plugin: string): PluginRecord {
  const record = records.find((each) => each.name === plugin);
  if (record) return record;
  const names = records.map((each) => each.name);
  throw new BlockhostError('plugin.not-installed', `No plugin "${plugin}" is installed on this host.`, {
    remedy: didYouMean(plugin, names, 'Run "blockhost plugins" to see the installed ones.'),
  });
}
