import { lstatSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { shown } from './printable.js';
import type { Finding } from './problem.js';
import { childrenAt, type LocatedText, textsAt, valueAt } from './value-at.js';
import { wrongValue } from './wrong-value.js';

/** Modules and files that a manifest names must exist inside the plugin's folder, links followed. */
export function checkModules(manifest: object, home: string): Finding[] {
  let realHome: string;
  try {
    realHome = realpathSync.native(home);
  } catch {
    return [wrongValue({ pointer: '/home', value: valueAt(manifest, '/home') }, 'does not exist.')];
  }
  const folders = new Map([[realHome, realHome]]);
  return namedFiles(manifest).flatMap((named) => {
    const problem = fileProblem(folders, realHome, named.value, named.key === 'commands' ? 'folder' : 'file');
    return problem === null ? [] : [wrongValue(named, problem)];
  });
}

/** The paths relative to `home` that a manifest names. */
export function namedFiles(manifest: object): LocatedText[] {
  const services = textsAt(manifest, '/entries');
  const daemons = textsAt(manifest, '/entries/daemons').map((each) => ({ ...each, key: 'daemons' }));
  const provided = childrenAt(manifest, '/provides').flatMap(({ pointer }) =>
    textsAt(manifest, pointer).filter(({ key }) => key === 'entry'),
  );
  const answers = textsAt(manifest, '/contributes').filter(({ key }) => key === 'answers');
  return [...services, ...daemons, ...provided, ...answers];
}

function fileProblem(
  folders: Map<string, string>,
  realHome: string,
  path: string,
  form: 'file' | 'folder',
): string | null {
  const isInside = (file: string) => file.startsWith(realHome === sep ? sep : realHome + sep);
  const file = resolve(realHome, path);
  if (isAbsolute(path) || !isInside(file)) return 'points outside its folder.';
  if (!path.startsWith('./'))
    return `is not a path relative to the plugin's folder. Write ${shown(`./${path}`)}.`;
  try {
    // Finding a real path is slow, and most modules of a plugin lie in one folder.
    const folder = folders.get(dirname(file)) ?? realpathSync.native(dirname(file));
    folders.set(dirname(file), folder);
    const link = lstatSync(file);
    const real = link.isSymbolicLink() ? realpathSync.native(file) : join(folder, basename(file));
    if (!isInside(real)) return 'points outside its folder: it is a link that leads out.';
    const stat = link.isSymbolicLink() ? statSync(real) : link;
    return (form === 'file' ? stat.isFile() : stat.isDirectory()) ? null : `is not a ${form}.`;
  } catch {
    return "does not exist in the plugin's folder. Build the plugin, or correct the path.";
  }
}
