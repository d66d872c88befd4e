// Writes oclif.manifest.json for every plugin folder given. Without one, for the kernel and all in-tree plugins: then it
// also bundles libraries, and makes the plugins' short names links in bin/.
//
//     node command-manifests.mjs [FOLDER …]
import {
  existsSync,
  globSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { checkManifest, isForeign } from '../dist/manifests/check-manifest.js';
import { satisfies } from '../dist/manifests/satisfies.js';
import { writeCommandManifest } from '../dist/tools/write-command-manifest.js';
import { KERNEL_VERSION } from '../dist/version.js';
import { bundleKernel } from './bundle-kernel.mjs';
import { bundleLibraries } from './bundle-libraries.mjs';
import { bundlePlugin } from './bundle-plugins.mjs';

const kernel = dirname(import.meta.dirname);
const plugins = (folders) =>
  folders.flatMap((home) => {
    const file = ['engine', 'provisioner', 'broker', 'plugin']
      .map((kind) => join(home, `${kind}.json`))
      .find((candidate) => existsSync(candidate));
    return file ? [{ home, file, manifest: JSON.parse(readFileSync(file, 'utf8')) }] : [];
  });

const given = process.argv.slice(2).map((folder) => resolve(folder));
const chosen = plugins(given.length ? given : globSync(join(dirname(kernel), 'plugins/*')).sort());
const packages = chosen
  .filter(({ manifest }) => manifest.entries?.commands)
  .map(({ home, file, manifest: { entries, contributes } }) => ({
    home,
    folder: entries.commands,
    promised: { file, commands: contributes?.commands ?? [] },
  }));
if (given.length === 0) {
  await bundleLibraries(kernel);
  await bundleKernel(kernel);
  for (const plugin of chosen) await bundlePlugin(kernel, plugin);
  packages.unshift({ home: kernel, folder: 'dist/commands/cli', promised: null });
  writeBuiltTogether();
  linkShortNames(chosen.flatMap(({ manifest }) => Object.keys(manifest.contributes?.short_names ?? {})));
}

let failed = false;
for (const each of packages)
  try {
    if (await writeCommandManifest(each)) console.error(`commands of ${basename(each.home)} described`);
  } catch (error) {
    console.error(error.toHelp?.() ?? error);
    failed = true;
  }
process.exit(failed ? 1 : 0);

/** Makes bin/ hold exactly one link to the launcher per short name. */
function linkShortNames(names) {
  const bin = join(dirname(kernel), 'bin');
  const isLink = (file) => lstatSync(file).isSymbolicLink() && readlinkSync(file) === 'blockhost';
  const present = globSync(join(bin, '*')).filter(isLink);
  for (const file of present) if (!names.includes(basename(file))) rmSync(file);
  for (const name of names) if (!existsSync(join(bin, name))) symlinkSync('blockhost', join(bin, name));
}

/** Names the plugins whose manifests are in order, by what they say: see kernel/src/manifests/built-together.ts. */
function writeBuiltTogether() {
  const texts = {};
  for (const { home, file, manifest } of chosen) {
    const kind = basename(file, '.json');
    const foreign = isForeign(kind, manifest);
    const fits = satisfies(KERNEL_VERSION, manifest.requires?.kernel ?? '*');
    if (!foreign && fits && checkManifest(kind, manifest, { home, foreign }).length === 0)
      texts[basename(home)] = readFileSync(file, 'utf8');
  }
  writeFileSync(join(kernel, 'dist/built-together.json'), JSON.stringify(texts));
}
