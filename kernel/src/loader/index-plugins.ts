import { checkIndex } from '../manifests/check-index.js';
import type { FoundPlugin } from '../manifests/found-plugin.js';
import { satisfies } from '../manifests/satisfies.js';
import { portContracts, rolePorts } from '../ports/contracts.js';
import { KERNEL_VERSION } from '../version.js';
import { findCycle } from './find-cycle.js';
import { PluginRecord } from './life-cycle.js';

/** Who offers a port. */
export interface Provider {
  readonly record: PluginRecord;
  /** The plugin whose code runs: the adapter of a foreign plugin, else `record` itself. */
  readonly code: PluginRecord;
  readonly port: string;
  readonly major: number;
  /** Declared capabilities; null: the adapter's instance says. */
  readonly capabilities: readonly string[] | null;
  /** Module path relative to the home of `code`. */
  readonly entry: string;
}

export interface PluginIndex {
  readonly records: readonly PluginRecord[];
  /** By port name; the first healthy plugin that offers it, else the first that would. */
  readonly providers: ReadonlyMap<string, Provider>;
}

const CLASH = { remedy: 'Remove one of the two packages, or rename it in one of their manifests.' };

/** Everything that can be known of the plugins without running them: found → valid → compatible → indexed. */
export function indexPlugins(found: readonly FoundPlugin[]): PluginIndex {
  const records = found.map((plugin) => new PluginRecord(plugin));
  for (const record of records) checkManifest(record);
  for (const { plugin, reason } of checkIndex(found))
    records.find((each) => each.found === plugin)?.fail('incompatible', reason, CLASH);
  for (const record of records) if (!record.error) checkCompatible(record);
  const providers = findProviders(records);
  const edges = (record: PluginRecord) => dependencies(record, records, providers);
  for (const record of records) {
    const cycle = record.error ? null : findCycle(record, edges);
    if (cycle)
      record.fail('missing-dependency', `it needs itself: ${cycle.map(({ name }) => name).join(' → ')}.`, {
        remedy: 'One of these plugins must stop requiring the next: report it to their authors.',
      });
  }
  while (records.some((record) => !record.error && failMissing(record, records, providers)));
  for (const record of records) record.advance('indexed');
  return { records, providers };
}

function checkManifest(record: PluginRecord): void {
  const errors = record.found.problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (!first) {
    record.advance('valid');
    return;
  }
  const near = first.nearest ? ` Did you mean ${JSON.stringify(first.nearest)}?` : '';
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  record.fail('invalid-manifest', `${`${first.pointer} ${first.expected}`.trimStart()}${near}${more}`);
}

function checkCompatible(record: PluginRecord): void {
  const { manifest, builtTogether } = record.found;
  const range = manifest?.requires?.kernel;
  if (range && !builtTogether && !satisfies(KERNEL_VERSION, range)) {
    record.fail('incompatible', `it requires blockhost ${range}, but this is blockhost ${KERNEL_VERSION}.`);
    return;
  }
  for (const { port, major } of manifest?.provides ?? []) {
    const known = portContracts.get(port);
    if (!known || known.major === major) continue;
    record.fail(
      'incompatible',
      `it provides version ${major} of the port "${port}", but this host uses version ${known.major}.`,
    );
    return;
  }
  record.advance('compatible');
}

function findProviders(records: readonly PluginRecord[]): Map<string, Provider> {
  const providers = new Map<string, Provider>();
  const offer = (provider: Provider) => {
    const present = providers.get(provider.port);
    if (!present || (present.record.error && !provider.record.error)) providers.set(provider.port, provider);
  };
  for (const record of records) {
    const { manifest, foreign, kind } = record.found;
    if (foreign && kind !== 'plugin') {
      const port = rolePorts[kind];
      const adapter = records.find((each) => each.found.manifest?.adapts?.includes(kind));
      const entry = adapter?.found.manifest?.entries?.service;
      const major = portContracts.get(port)?.major ?? 1;
      if (!adapter || !entry)
        record.fail(
          'missing-dependency',
          `it is made of executables, and no adapter for a foreign ${kind} is installed.`,
          {
            remedy: `Install a plugin that adapts this role, e.g. the package blockhost-${kind}-exec.`,
          },
        );
      offer({ record, code: adapter ?? record, port, major, capabilities: null, entry: entry ?? '' });
    }
    for (const { port, major, capabilities = [], entry = manifest?.entries?.service } of manifest?.provides ??
      [])
      if (entry) offer({ record, code: record, port, major, capabilities, entry });
  }
  return providers;
}

/** Plugins that must work before `record` can, itself excluded. */
function dependencies(
  record: PluginRecord,
  records: readonly PluginRecord[],
  providers: ReadonlyMap<string, Provider>,
): PluginRecord[] {
  const { plugins = {}, ports = [] } = record.found.manifest?.requires ?? {};
  const needed = [
    ...records.filter(({ name }) => Object.hasOwn(plugins, name)),
    ...ports.flatMap((port) => providers.get(port) ?? []).flatMap(({ record: owner, code }) => [owner, code]),
  ];
  return needed.filter((each) => each !== record);
}

/** True when `record` was failed for want of something. */
function failMissing(
  record: PluginRecord,
  records: readonly PluginRecord[],
  providers: ReadonlyMap<string, Provider>,
): boolean {
  const { plugins = {}, ports = [] } = record.found.manifest?.requires ?? {};
  const missing = (reason: string, remedy?: string) => {
    record.fail('missing-dependency', reason, remedy === undefined ? {} : { remedy });
    return true;
  };
  for (const [name, range] of Object.entries(plugins)) {
    const other = records.find((each) => each.name === name);
    if (!other)
      return missing(
        `it requires the plugin "${name}" ${range}, which is not installed.`,
        `Install "${name}".`,
      );
    if (other.error) return missing(`it requires the plugin "${name}", which is in state ${other.state}.`);
    const version = other.found.manifest?.version ?? '';
    if (!satisfies(version, range))
      return missing(`it requires the plugin "${name}" ${range}, but version ${version} is installed.`);
  }
  for (const port of ports) {
    const provider = providers.get(port);
    if (!provider)
      return missing(
        `it requires the port "${port}", which no installed plugin provides.`,
        `Install a plugin that provides "${port}".`,
      );
    const failed = [provider.record, provider.code].find((each) => each !== record && each.error);
    if (failed)
      return missing(
        `it requires the port "${port}" of "${failed.name}", which is in state ${failed.state}.`,
      );
  }
  const owner = providers.get(rolePort(record) ?? '');
  if (owner?.record === record && owner.code !== record && owner.code.error)
    return missing(`its adapter "${owner.code.name}" is in state ${owner.code.state}.`);
  return false;
}

function rolePort({ found: { kind, foreign } }: PluginRecord): string | null {
  return foreign && kind !== 'plugin' ? rolePorts[kind] : null;
}
