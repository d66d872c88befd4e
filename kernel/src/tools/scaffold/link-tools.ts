import { access, mkdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Makes what a new plugin needs to compile and to test available in its `node_modules`, by links to what BlockHost's own
 * source tree has installed. Answers false when this BlockHost has no such tools (an installed one): then `npm install`
 * fetches them.
 */
export async function linkTools(folder: string, kernelHome: string): Promise<boolean> {
  const { devDependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const installed = join(dirname(kernelHome), 'node_modules');
  const packages = Object.keys(devDependencies);
  const programs = ['tsc', 'mocha', 'node'];
  const links: [target: string, place: string][] = [
    [kernelHome, '@blockhost/kernel'],
    ...packages.map((name): [string, string] => [join(installed, name), name]),
    ...programs.map((name): [string, string] => [join(installed, '.bin', name), `.bin/${name}`]),
    [join(dirname(kernelHome), 'bin', 'blockhost'), '.bin/blockhost'],
  ];
  for (const [target] of links) if (!(await exists(target))) return false;
  for (const [target, place] of links) {
    const link = join(folder, 'node_modules', place);
    await mkdir(dirname(link), { recursive: true });
    await symlink(target, link);
  }
  return true;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
