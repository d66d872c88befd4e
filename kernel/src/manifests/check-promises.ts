import { shown } from './printable.js';
import type { Finding } from './problem.js';
import { childrenAt, type LocatedText, textAt, textsAt, valueAt } from './value-at.js';
import { wrongValue } from './wrong-value.js';

/** What needs a module, and the entry that names it. */
const MODULES: readonly (readonly [promise: string, entry: string])[] = [
  ['/contributes/commands', 'commands'],
  ['/contributes/steps', 'finalization'],
  ['/contributes/actions', 'rootActions'],
  ['/contributes/pages', 'adminPages'],
  ['/setup/finalization_steps', 'finalization'],
  ['/setup/post_finalization_steps', 'finalization'],
];

/** What one part of a manifest promises must agree with what another part says (steps: engine.md 1). */
export function checkPromises(manifest: object, foreign: boolean): Finding[] {
  const [commands, described, actions, daemons, pages] = [
    idsOf(manifest, 'commands', 'id'),
    idsOf(manifest, 'steps', 'id'),
    idsOf(manifest, 'actions', 'name'),
    idsOf(manifest, 'daemons', 'id'),
    idsOf(manifest, 'pages', 'id'),
  ];
  const steps = ['finalization_steps', 'post_finalization_steps'].flatMap((list) =>
    textsAt(manifest, `/setup/${list}`),
  );
  const findings = [steps, commands, described, actions, daemons, pages].flatMap(repeated);
  if (valueAt(manifest, '/contributes/steps') !== undefined)
    findings.push(
      ...missingFrom(
        steps,
        described,
        'is described here, but listed neither in "setup.finalization_steps" nor in "setup.post_finalization_steps".',
      ),
      ...missingFrom(described, steps, 'is not described in "contributes.steps".'),
    );
  findings.push(...checkShortNames(manifest, commands));
  if (foreign) return findings;

  const modules = textsAt(manifest, '/entries/daemons').map((each) => ({ ...each, value: each.key }));
  findings.push(
    ...missingFrom(modules, daemons, 'has no module in "entries.daemons".'),
    ...missingFrom(daemons, modules, 'is not described in "contributes.daemons".'),
    ...checkWizard(manifest),
  );
  for (const [pointer, entry] of MODULES)
    if (childrenAt(manifest, pointer).length > 0 && valueAt(manifest, `/entries/${entry}`) === undefined)
      findings.push({ pointer, expected: `needs a module, but "entries.${entry}" is missing.` });
  return findings;
}

/** A short name stands for a command or a topic of this plugin. */
function checkShortNames(manifest: object, commands: readonly LocatedText[]): Finding[] {
  const known = commands.map(({ value }) => words(value));
  return textsAt(manifest, '/contributes/short_names')
    .filter(({ value }) => !known.some((id) => `${id} `.startsWith(`${words(value)} `)))
    .map((name) => wrongValue(name, 'is not a command of this plugin.', known));
}

/** Command ids are written with blanks or, as oclif does, with colons. */
export function words(id: string): string {
  return id.replaceAll(':', ' ');
}

function checkWizard(manifest: object): Finding[] {
  const pointer = '/setup/wizard_module';
  const named = textAt(manifest, pointer);
  const entry = textAt(manifest, '/entries/wizard');
  if (named === undefined || named === entry) return [];
  const found = shown(named);
  const other = entry === undefined ? 'missing' : shown(entry);
  return [{ pointer, found, expected: `is ${found}, but "entries.wizard" is ${other}.` }];
}

function idsOf(manifest: object, list: string, key: string): LocatedText[] {
  return childrenAt(manifest, `/contributes/${list}`).flatMap(({ pointer }) =>
    textsAt(manifest, pointer).filter((text) => text.key === key),
  );
}

function repeated(ids: readonly LocatedText[]): Finding[] {
  const seen = new Set<string>();
  return ids
    .filter(({ value }) => seen.size === seen.add(value).size)
    .map((id) => wrongValue(id, 'stands twice.'));
}

/** Those of `ids` that `others` lack; an id may be a misspelling of one that `ids` lack in turn. */
function missingFrom(
  others: readonly LocatedText[],
  ids: readonly LocatedText[],
  sentence: string,
): Finding[] {
  const known = new Set(others.map(({ value }) => value));
  const own = new Set(ids.map(({ value }) => value));
  const unmatched = [...known].filter((name) => !own.has(name));
  return ids.filter(({ value }) => !known.has(value)).map((id) => wrongValue(id, sentence, unmatched));
}
