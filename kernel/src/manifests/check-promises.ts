import { nearest } from './nearest.js';
import { shown } from './printable.js';
import type { Finding } from './problem.js';
import { childrenAt, type LocatedText, textAt, textsAt, valueAt } from './value-at.js';

/** What one part of a manifest promises must agree with what another part says. */
export function checkPromises(manifest: object, foreign: boolean): Finding[] {
  return [
    ...checkSteps(manifest),
    ...checkUnique(manifest),
    ...checkShortNames(manifest),
    ...(foreign
      ? []
      : [...checkModulesOfPromises(manifest), ...checkDaemons(manifest), ...checkWizard(manifest)]),
  ];
}

/** Ids are unique over both lists, and `contributes.steps` describes exactly these (engine.md 1). */
function checkSteps(manifest: object): Finding[] {
  const listed = ['/setup/finalization_steps', '/setup/post_finalization_steps'].flatMap((pointer) =>
    textsAt(manifest, pointer),
  );
  const findings = repeated(listed);
  if (valueAt(manifest, '/contributes/steps') === undefined) return findings;
  const described = idsOf(manifest, '/contributes/steps', 'id');
  return [
    ...findings,
    ...missingFrom(
      described,
      listed,
      'is described here, but listed neither in "setup.finalization_steps" nor in "setup.post_finalization_steps".',
    ),
    ...missingFrom(listed, described, 'is not described in "contributes.steps".'),
  ];
}

function checkUnique(manifest: object): Finding[] {
  const lists = [
    ['commands', 'id'],
    ['steps', 'id'],
    ['actions', 'name'],
    ['daemons', 'id'],
    ['pages', 'id'],
  ] as const;
  return lists.flatMap(([list, key]) => repeated(idsOf(manifest, `/contributes/${list}`, key)));
}

/** A short name stands for a command or a topic of this plugin. */
function checkShortNames(manifest: object): Finding[] {
  const commands = idsOf(manifest, '/contributes/commands', 'id').map(({ value }) => words(value));
  return textsAt(manifest, '/contributes/short_names')
    .filter(({ value }) => !commands.some((id) => `${id} `.startsWith(`${words(value)} `)))
    .map(({ pointer, value }) => {
      const near = nearest(value, commands);
      const expected = `${shown(value)} is not a command of this plugin.`;
      return { pointer, found: shown(value), expected, ...(near !== undefined && { nearest: near }) };
    });
}

/** Command ids are written with blanks or, as oclif does, with colons. */
export function words(id: string): string {
  return id.replaceAll(':', ' ');
}

function checkModulesOfPromises(manifest: object): Finding[] {
  const entries: readonly (readonly [promise: string, entry: string])[] = [
    ['/contributes/commands', 'commands'],
    ['/contributes/steps', 'finalization'],
    ['/contributes/actions', 'rootActions'],
    ['/contributes/pages', 'adminPages'],
    ['/setup/finalization_steps', 'finalization'],
    ['/setup/post_finalization_steps', 'finalization'],
  ];
  return entries
    .filter(([promise]) => childrenAt(manifest, promise).length > 0)
    .filter(([, entry]) => valueAt(manifest, `/entries/${entry}`) === undefined)
    .map(([promise, entry]) => ({
      pointer: promise,
      expected: `needs a module, but "entries.${entry}" is missing.`,
    }));
}

function checkDaemons(manifest: object): Finding[] {
  const described = idsOf(manifest, '/contributes/daemons', 'id');
  const modules = textsAt(manifest, '/entries/daemons').map((each) => ({ ...each, value: each.key }));
  return [
    ...missingFrom(described, modules, 'has no module in "entries.daemons".'),
    ...missingFrom(modules, described, 'is not described in "contributes.daemons".'),
  ];
}

function checkWizard(manifest: object): Finding[] {
  const pointer = '/setup/wizard_module';
  const named = textAt(manifest, pointer);
  const entry = textAt(manifest, '/entries/wizard');
  if (named === undefined || named === entry) return [];
  if (entry === undefined)
    return [
      { pointer, found: shown(named), expected: `is ${shown(named)}, but "entries.wizard" is missing.` },
    ];
  return [
    {
      pointer,
      found: shown(named),
      expected: `is ${shown(named)}, but "entries.wizard" is ${shown(entry)}.`,
    },
  ];
}

function idsOf(manifest: object, list: string, key: string): LocatedText[] {
  return childrenAt(manifest, list).flatMap(({ pointer, value: item }) => {
    const value = textAt(item, `/${key}`);
    return value === undefined ? [] : [{ pointer: `${pointer}/${key}`, key, value }];
  });
}

function repeated(ids: readonly LocatedText[]): Finding[] {
  const seen = new Set<string>();
  return ids
    .filter(({ value }) => seen.size === seen.add(value).size)
    .map(({ pointer, value }) => ({
      pointer,
      found: shown(value),
      expected: `${shown(value)} stands twice.`,
    }));
}

function missingFrom(
  ids: readonly LocatedText[],
  others: readonly LocatedText[],
  sentence: string,
): Finding[] {
  const names = new Set(others.map(({ value }) => value));
  return ids
    .filter(({ value }) => !names.has(value))
    .map(({ pointer, value }) => {
      const unmatched = [...names].filter((name) => !ids.some((id) => id.value === name));
      const near = nearest(value, unmatched);
      const expected = `${shown(value)} ${sentence}`;
      return { pointer, found: shown(value), expected, ...(near !== undefined && { nearest: near }) };
    });
}
