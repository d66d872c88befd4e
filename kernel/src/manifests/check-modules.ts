import { lstatSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, resolve, sep } from 'node:path';
import { shown } from './printable.js';
import type { Finding } from './problem.js';
import { type LocatedText, textsAt, valueAt } from './value-at.js';

/** Modules and files that a manifest names must exist inside the plugin's folder, links followed. */
export function checkModules(manifest: object, home: string): Finding[] {
  let realHome: string;
  try {
    realHome = realpathSync.native(home);
  } catch {
    const named = valueAt(manifest, '/home');
    return [{ pointer: '/home', found: shown(named), expected: `${shown(named)} does not exist.` }];
  }
  const plainFolders = new Set([realHome]);
  return namedFiles(manifest).flatMap(({ pointer, key, value }) => {
    const problem = fileProblem(plainFolders, realHome, value, key === 'commands' ? 'folder' : 'file');
    return problem === null ? [] : [{ pointer, found: shown(value), expected: `${shown(value)} ${problem}` }];
  });
}

/** The paths relative to `home` that a manifest names. */
export function namedFiles(manifest: object): LocatedText[] {
  const services = textsAt(manifest, '/entries');
  const daemons = textsAt(manifest, '/entries/daemons').map((each) => ({ ...each, key: 'daemons' }));
  const provided = Object.keys(Object(valueAt(manifest, '/provides'))).flatMap((index) =>
    textsAt(manifest, `/provides/${index}`).filter(({ key }) => key === 'entry'),
  );
  const answers = textsAt(manifest, '/contributes').filter(({ key }) => key === 'answers');
  return [...services, ...daemons, ...provided, ...answers];
}

function fileProblem(
  plainFolders: Set<string>,
  realHome: string,
  path: string,
  form: 'file' | 'folder',
): string | null {
  const file = resolve(realHome, path);
  if (isAbsolute(path) || !isInside(realHome, file)) return 'points outside its folder.';
  if (!path.startsWith('./'))
    return `is not a path relative to the plugin's folder. Write ${shown(`./${path}`)}.`;
  const stat = statBelow(plainFolders, realHome, file);
  if (stat === 'missing')
    return "does not exist in the plugin's folder. Build the plugin, or correct the path.";
  if (stat === 'outside') return 'points outside its folder: it is a link that leads out.';
  return stat === form ? null : `is not a ${form}.`;
}

/** What lies at `file`. Links are rare, so they are looked for first: finding the real path costs several times more. */
function statBelow(
  plainFolders: Set<string>,
  realHome: string,
  file: string,
): 'file' | 'folder' | 'other' | 'missing' | 'outside' {
  try {
    let stat = lstatSync(file);
    if (stat.isSymbolicLink() || passesLink(plainFolders, dirname(file))) {
      const real = realpathSync.native(file);
      if (!isInside(realHome, real)) return 'outside';
      stat = lstatSync(real);
    }
    return stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other';
  } catch {
    return 'missing';
  }
}

function passesLink(plainFolders: Set<string>, folder: string): boolean {
  if (plainFolders.has(folder)) return false;
  if (lstatSync(folder).isSymbolicLink() || passesLink(plainFolders, dirname(folder))) return true;
  plainFolders.add(folder);
  return false;
}

function isInside(folder: string, path: string): boolean {
  return path.startsWith(folder === sep ? sep : folder + sep);
}
