import { isTagged } from '../entries/tag.js';
import { BlockhostError } from '../errors/blockhost-error.js';
import type { Manifest } from '../manifests/manifest.js';
import { nearest } from '../manifests/nearest.js';
import type { EntryName, EntryTypes } from './kernel.js';

/** Where the manifest promises something, what it promises there, and what the module has. */
type Pledge = readonly [pointer: string, promised: readonly string[], exported: readonly string[]];

interface EntryRule<T> {
  readonly kind: string;
  readonly lists: readonly (keyof T & string)[];
  pledges(exported: T, manifest: Manifest): readonly Pledge[];
}

const ids = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id);
const names = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name);

const RULES: { readonly [E in EntryName]: EntryRule<EntryTypes[E]> } = {
  wizard: { kind: 'wizard', lists: ['pages'], pledges: () => [] },
  finalization: {
    kind: 'finalization',
    lists: ['steps', 'postSteps'],
    pledges: ({ steps, postSteps }, { setup = {} }) => [
      ['/setup/finalization_steps', setup.finalization_steps ?? [], ids(steps)],
      ['/setup/post_finalization_steps', setup.post_finalization_steps ?? [], ids(postSteps)],
    ],
  },
  rootActions: {
    kind: 'root-actions',
    lists: ['actions'],
    pledges: ({ actions }, { contributes = {} }) => [
      ['/contributes/actions', names(contributes.actions ?? []), names(actions)],
    ],
  },
  adminPages: {
    kind: 'admin-pages',
    lists: ['pages'],
    pledges: ({ pages }, { contributes = {} }) => [
      ['/contributes/pages', ids(contributes.pages ?? []), ids(pages)],
    ],
  },
  migrations: { kind: 'migrations', lists: ['migrations'], pledges: () => [] },
};

/** Major version of the entries' contract. */
const MAJOR = 1;

/** The default export of an entry, once it is what the manifest promised; throws `entry.mismatch` naming both sides. */
export function checkEntry<E extends EntryName>(
  entry: E,
  module: Readonly<Record<string, unknown>>,
  path: string,
  manifest: Manifest,
): EntryTypes[E] {
  const { kind, lists, pledges } = RULES[entry];
  const exported = module.default;
  if (!isTagged(exported, kind))
    throw mismatch(
      `${path} must export by default a "blockhost.${kind}", but exports ${describe(exported)}.`,
    );
  if (exported.major !== MAJOR)
    throw mismatch(
      `${path} follows version ${exported.major} of "blockhost.${kind}", but this host uses version ${MAJOR}.`,
    );
  const typed = exported as unknown as EntryTypes[E];
  for (const list of lists)
    if (!Array.isArray(typed[list]))
      throw mismatch(`"${list}" of ${path} must be a list, but is ${describe(typed[list])}.`);
  for (const [pointer, promised, present] of pledges(typed, manifest)) {
    if (promised.length === present.length && promised.every((id, place) => present[place] === id)) continue;
    throw mismatch(
      `${pointer} of the manifest lists ${quoted(promised)}, but ${path} exports ${quoted(present)}.${hint(promised, present)}`,
    );
  }
  return typed;
}

/** The class that an entry exports by default; throws `entry.mismatch`. */
export function checkClass(module: Readonly<Record<string, unknown>>, path: string): Constructor {
  if (typeof module.default === 'function') return module.default as Constructor;
  throw mismatch(`${path} must export a class by default, but exports ${describe(module.default)}.`);
}

export type Constructor = new (...needs: never[]) => object;

export function mismatch(sentence: string): BlockhostError {
  return new BlockhostError('entry.mismatch', sentence);
}

/** The first name that is probably a misspelling of a promised one. */
function hint(promised: readonly string[], present: readonly string[]): string {
  const lacking = promised.filter((id) => !present.includes(id));
  for (const id of present.filter((each) => !promised.includes(each))) {
    const near = nearest(id, lacking);
    if (near) return ` Is "${id}" meant to be "${near}"?`;
  }
  return '';
}

const quoted = (list: readonly string[]) => list.map((id) => JSON.stringify(id)).join(', ') || 'none';

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  const tag = (value as { $type?: unknown } | null)?.$type;
  if (typeof tag === 'string') return `a "${tag}"`;
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'null' : `a value of type ${typeof value}`;
}
