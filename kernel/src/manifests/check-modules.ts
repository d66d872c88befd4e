import { realpathSync, statSync } from 'node:fs';
import { isAbsolute, resolve, sep } from 'node:path';
import { shown } from './printable.js';
import type { Finding } from './problem.js';
import { type Located, textsAt, valueAt } from './value-at.js';

/** Modules and files that a manifest names must exist inside the plugin's folder, links followed. */
export function checkModules(manifest: object, home: string): Finding[] {
  let realHome: string;
  try {
    realHome = realpathSync.native(home);
  } catch {
    const named = valueAt(manifest, '/home');
    return [{ pointer: '/home', found: shown(named), expected: `${shown(named)} does not exist.` }];
  }
  return namedFiles(manifest).flatMap(({ pointer, key, value }) => {
    const problem = fileProblem(realHome, value, key === 'commands' ? 'folder' : 'file');
    return problem === null ? [] : [{ pointer, found: shown(value), expected: `${shown(value)} ${problem}` }];
  });
}

/** The paths relative to `home` that a manifest names. */
export function namedFiles(manifest: object): (Located & { readonly value: string })[] {
  const services = textsAt(manifest, '/entries');
  const daemons = textsAt(manifest, '/entries/daemons').map((each) => ({ ...each, key: 'daemons' }));
  const provided = Object.keys(Object(valueAt(manifest, '/provides'))).flatMap((index) =>
    textsAt(manifest, `/provides/${index}`).filter(({ key }) => key === 'entry'),
  );
  const answers = textsAt(manifest, '/contributes').filter(({ key }) => key === 'answers');
  return [...services, ...daemons, ...provided, ...answers];
}

function fileProblem(realHome: string, path: string, form: 'file' | 'folder'): string | null {
  const file = resolve(realHome, path);
  if (isAbsolute(path) || !isInside(realHome, file)) return 'points outside its folder.';
  if (!path.startsWith('./'))
    return `is not a path relative to the plugin's folder. Write ${shown(`./${path}`)}.`;
  let real: string;
  try {
    real = realpathSync.native(file);
  } catch {
    return `does not exist in the plugin's folder. Build the plugin, or correct the path.`;
  }
  if (!isInside(realHome, real)) return 'points outside its folder: it is a link that leads out.';
  const isFolder = statSync(real).isDirectory();
  return isFolder === (form === 'folder') ? null : `is not a ${form}.`;
}

function isInside(folder: string, path: string): boolean {
  return path.startsWith(folder === sep ? sep : folder + sep);
}
