import type { Daemon } from '../entries/daemon.js';
import { BlockhostError } from '../errors/blockhost-error.js';
import { createLogger } from '../log/create-logger.js';
import { discover } from '../manifests/discover.js';
import type { FoundPlugin } from '../manifests/found-plugin.js';
import { nearest } from '../manifests/nearest.js';
import { owningPackages } from '../manifests/owning-package.js';
import { trustProblem } from '../manifests/trust.js';
import { resolvePaths } from '../paths/resolve-paths.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Paths } from '../ports/paths.js';
import type { Token } from '../ports/token.js';
import { Undo } from '../run/undo.js';
import { attributeCrashes } from './attribute-crashes.js';
import { type Blueprint, EntryLoader, noSuchEntry } from './entry-loader.js';
import { indexPlugins } from './index-plugins.js';
import type { EntryName, Kernel } from './kernel.js';
import type { PluginRecord } from './life-cycle.js';
import { pluginStatus } from './plugin-status.js';
import { Ports } from './ports.js';
import { refuseUntrustedModules } from './refuse-untrusted-modules.js';
import { kernelServices } from './services.js';

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
  const found = discover({ paths, trust: rootOnly });
  const { records, providers } = indexPlugins(found, packageOwners(found, paths));
  const loader = new EntryLoader(log);
  const closing = new Undo();
  if (rootOnly) closing.add('module trust', refuseUntrustedModules(trustProblem));
  closing.add('crash guard', attributeCrashes(records, log));

  const find = (plugin: string): PluginRecord => {
    const record = records.find((each) => each.name === plugin);
    if (record) return record;
    const near = nearest(
      plugin,
      records.map((each) => each.name),
    );
    throw new BlockhostError('plugin.not-installed', `No plugin "${plugin}" is installed on this host.`, {
      remedy: near ? `Did you mean "${near}"?` : `Run "blockhost plugins" to see the installed ones.`,
    });
  };

  const kernel: Kernel = {
    process: name,
    get: <T>(token: Token<T>) => get(token, false, null) as Promise<T>,
    import: (async (plugin: string, entry: EntryName | 'daemons', id = '') =>
      entry === 'daemons' ? daemon(find(plugin), id) : loader.entry(find(plugin), entry)) as Kernel['import'],
    async importAll<E extends EntryName>(entry: E) {
      const entries = [];
      for (const record of records) {
        if (record.found.manifest && !record.found.manifest.entries?.[entry]) continue;
        try {
          entries.push({ plugin: record.name, entry: await loader.entry(record, entry) });
        } catch (error) {
          if (record.required) throw error;
          log.warn('plugin left out', { plugin: record.name, reason: record.reason });
        }
      }
      return entries;
    },
    plugins: () => records.map(pluginStatus),
    async stop() {
      await loader.stop();
      for (const { name: act, cause } of await closing.revert())
        log.error('could not close', { act, error: String(cause) });
    },
  };

  const services = kernelServices({ paths, log, ...options }, kernel, (what, close) =>
    closing.add(what, close),
  );
  const started = new Map<symbol, Promise<unknown>>();
  const ports = new Ports(providers, loader, get);

  async function get(token: symbol, optional: boolean, asker: Blueprint | null): Promise<unknown> {
    const service = services.get(token);
    if (!service) return ports.get(token, optional, asker);
    let value = started.get(token);
    if (!value) {
      value = Promise.resolve().then(service);
      started.set(token, value);
    }
    return value;
  }

  async function daemon(record: PluginRecord, id: string): Promise<Daemon> {
    if (record.error) throw record.error;
    const path = record.found.manifest?.entries?.daemons?.[id];
    if (!path) throw noSuchEntry(record, `daemons/${id}`);
    const instance = await loader.instance({ code: record, owner: record, path }, get);
    const lacking = ['start', 'health', 'stop'].filter((member) => !(member in instance));
    if (lacking.length > 0)
      throw record.fail('load-failed', `the daemon "${id}" of ${path} lacks ${lacking.join(', ')}.`);
    return instance as Daemon;
  }

  return kernel;
}

/** Which Debian package a manifest belongs to; dpkg's lists are read when the first question is asked. */
function packageOwners(found: readonly FoundPlugin[], paths: Paths): (file: string) => string | null {
  let owners: ReadonlyMap<string, string> | undefined;
  return (file) => {
    owners ??= owningPackages(
      found.map((plugin) => plugin.file),
      paths,
    );
    return owners.get(file) ?? null;
  };
}
