import type { PluginStatus } from '../loader/plugin-status.js';
import { alignColumns } from './align-columns.js';

/** A plugin for people: what it is, what it adds to the host, what it was given and what that took. */
export function inspectionText(plugin: PluginStatus): string[] {
  const { manifest, timings, injected, problems, error } = plugin;
  const { provides = [], requires, entries = {}, contributes = {}, privileges = {} } = manifest ?? {};
  const { daemons = {}, ...modules } = entries;
  const rows: [string, string[]][] = [
    ['name', [`${plugin.name} ${plugin.version ?? ''}`.trim()]],
    ['title', manifest ? [manifest.display_name] : []],
    ['kind', [plugin.foreign ? `${plugin.kind}, made of executables` : plugin.kind]],
    ['state', [plugin.state]],
    ['policy', [plugin.required ? 'required' : 'optional']],
    ['manifest', [plugin.file]],
    ['home', [plugin.home]],
    ['package', plugin.package ? [plugin.package] : []],
    ['bugs', manifest?.bugs ? [manifest.bugs] : []],
    ['kernel', requires ? [requires.kernel] : []],
    ['needs ports', [...(requires?.ports ?? [])]],
    ['needs plugins', Object.entries(requires?.plugins ?? {}).map(([name, range]) => `${name} ${range}`)],
    [
      'provides',
      provides.map(({ port, major, capabilities = [] }) => `${port} ${major}${list(capabilities)}`),
    ],
    ['entries', Object.entries(modules).map(([name, path]) => `${name} ${path}`)],
    ['daemons', Object.entries(daemons).map(([id, path]) => `${id} ${path}`)],
    ['commands', (contributes.commands ?? []).map(({ id, summary }) => `${id}: ${summary}`)],
    ['programs', Object.entries(contributes.short_names ?? {}).map(([name, words]) => `${name} = ${words}`)],
    ['steps', (contributes.steps ?? []).map(({ id, label }) => `${id}: ${label}`)],
    ['root actions', (contributes.actions ?? []).map(({ name, summary }) => `${name}: ${summary}`)],
    ['pages', (contributes.pages ?? []).map(({ path, label }) => `${path}: ${label}`)],
    ['privileges', Object.entries(privileges).map(([what, names]) => `${what}: ${names.join(', ')}`)],
    ['tokens', [...injected]],
    ['timings', Object.entries(timings).map(([phase, ms]) => `${phase} ${ms.toFixed(1)} ms`)],
    ['problems', problems.map(({ severity, pointer, expected }) => `${severity}: ${pointer} ${expected}`)],
    ['error', error ? error.toHelp().split('\n') : []],
  ];
  return alignColumns(
    rows.flatMap(([title, lines]) => lines.map((line, at) => [at === 0 ? title : '', line])),
  );
}

const list = (names: readonly string[]) => (names.length ? ` (${names.join(', ')})` : '');
