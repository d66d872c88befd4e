import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join, normalize, relative } from 'node:path';
import { namedFiles } from '../dist/manifests/check-modules.js';
import { nameOf } from './bundle-kernel.mjs';
import { describe, scriptOf } from './script-of.mjs';

/**
 * Bundles the modules that the manifest of a plugin names, and its commands, into one script below `dist/bundled/` of the
 * plugin. Reading one file instead of twenty is most of what a plugin adds to the start of a command. The script lies in
 * the plugin's folder: what goes wrong in it is charged to the plugin.
 */
export async function bundlePlugin(kernel, { home, file, manifest }) {
  const dist = join(home, 'dist');
  const outdir = join(dist, 'bundled');
  const described = join(kernel, 'dist/bundled/bundle.json');
  const inputs = [
    file,
    ...[join(home, 'tsconfig.tsbuildinfo'), join(dist, 'libraries.js')].filter(existsSync),
    described,
    import.meta.filename,
    join(import.meta.dirname, 'script-of.mjs'),
  ];
  const bundled = statSync(join(outdir, 'bundle.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (inputs.every((input) => statSync(input).mtimeMs < bundled)) return;
  const { script: core, entries } = JSON.parse(readFileSync(described, 'utf8'));
  const named = namedFiles(manifest).flatMap(({ key, value }) =>
    key === 'commands' ? globSync(join(value, '**/*.js'), { cwd: home }) : [value],
  );
  const modules = named
    .map((module) => relative('dist', normalize(module)))
    .filter((module) => /^(?!\.\.).*(?<!\.test|\.bench)\.js$/.test(module))
    .sort();
  if (modules.length === 0) return;
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir);
  const script = await scriptOf(outdir, manifest.name, {
    exported: Object.fromEntries(modules.map((module) => [module, module])),
    dist,
    packages: 'external',
    plugins: [kernelEntries(kernel, entries)],
  });
  await describe(outdir, { script, core });
}

/** The kernel is there already: the process runs in it. */
function kernelEntries(kernel, entries) {
  const { name, exports } = JSON.parse(readFileSync(join(kernel, 'package.json'), 'utf8'));
  return {
    name: 'kernel-entries',
    setup({ onResolve }) {
      onResolve({ filter: new RegExp(`^${name}(?:/|$)`) }, ({ path }) => {
        const file = exports[`.${path.slice(name.length)}`];
        const entry = file?.slice('./dist/'.length, -'.js'.length);
        return entries.includes(entry) ? { path: `kernel:${nameOf(entry)}`, external: true } : undefined;
      });
    },
  };
}
