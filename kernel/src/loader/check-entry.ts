import { isTagged } from '../entries/tag.js';
import { BlockhostError } from '../errors/blockhost-error.js';
import type { Manifest } from '../manifests/manifest.js';
import { nearest } from '../manifests/nearest.js';
import { valueAt } from '../manifests/value-at.js';
import type { EntryName, EntryTypes } from './kernel.js';

/** Tag of each entry, and its lists: where the manifest promises what is in them, null where it does not. */
const RULES: Readonly<
  Record<EntryName, { readonly kind: string; readonly lists: Readonly<Record<string, string | null>> }>
> = {
  wizard: { kind: 'wizard', lists: { pages: null } },
  finalization: {
    kind: 'finalization',
    lists: { steps: '/setup/finalization_steps', postSteps: '/setup/post_finalization_steps' },
  },
  rootActions: { kind: 'root-actions', lists: { actions: '/contributes/actions' } },
  adminPages: { kind: 'admin-pages', lists: { pages: '/contributes/pages' } },
  migrations: { kind: 'migrations', lists: { migrations: null } },
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
  const { kind, lists } = RULES[entry];
  const exported = module.default;
  if (!isTagged(exported, kind))
    throw mismatch(
      `${path} must export by default a "blockhost.${kind}", but exports ${describe(exported)}.`,
    );
  if (exported.major !== MAJOR)
    throw mismatch(
      `${path} follows version ${exported.major} of "blockhost.${kind}", but this host uses version ${MAJOR}.`,
    );
  for (const [list, pointer] of Object.entries(lists)) {
    const items: unknown = Reflect.get(exported, list);
    if (!Array.isArray(items))
      throw mismatch(`"${list}" of ${path} must be a list, but is ${describe(items)}.`);
    if (pointer === null) continue;
    const promised = namesOf((valueAt(manifest, pointer) ?? []) as readonly unknown[]);
    const present = namesOf(items);
    if (promised.length === present.length && promised.every((id, place) => present[place] === id)) continue;
    throw mismatch(
      `${pointer} of the manifest lists ${quoted(promised)}, but ${path} exports ${quoted(present)}.${hint(promised, present)}`,
    );
  }
  return exported as unknown as EntryTypes[E];
}

/** Items are known by an `id`, a `name`, or are names themselves. */
function namesOf(items: readonly unknown[]): string[] {
  return items.map((item) => {
    const { name, id = name } = Object(item);
    return String(id ?? item);
  });
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
