import { globSync, statSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, scriptOf } from './script-of.mjs';

/** What processes start with, what plugins import, and what the kernel's own commands do. */
const entries = [
  'commands/command-host',
  'index',
  'ports/index',
  'host-files/index',
  'store/index',
  'crypto/index',
  'commands/index',
  'commands/blockhost-command',
  'commands/oclif',
  'commands/host-context',
  'errors/blockhost-error',
  'loader/refuse-untrusted-modules',
];

/** Modules that import none of the kernel's, large and seldom needed: scripts of their own. */
const apart = [
  'config/ajv',
  'config/yaml',
  'store/knex',
  'generated/answer-validators',
  'generated/host-file-validators',
  'generated/manifest-validators',
];

/** Native, a tool of tests, or Knex as a whole with its driver for a database elsewhere; loaded at need. */
const external = ['better-sqlite3', 'sqlite3', 'mocha', 'chai', 'knex', 'pg'];

/**
 * Bundles the compiled kernel into scripts below `dist/bundled/`, and modules `ports-index.js` … for those who import it
 * from modules that are in no bundle. What is found there is described by `bundle.json`: kernel/src/bundle.ts.
 */
export async function bundleKernel(kernel) {
  const dist = join(kernel, 'dist');
  const outdir = join(dist, 'bundled');
  const inputs = [
    join(kernel, 'tsconfig.tsbuildinfo'),
    join(kernel, '../package-lock.json'),
    join(dist, 'commands/oclif.js'),
    import.meta.filename,
    join(import.meta.dirname, 'script-of.mjs'),
    ...apart.map((module) => fileOf(kernel, module)),
  ];
  const bundled = statSync(join(outdir, 'bundle.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (inputs.every((file) => statSync(file).mtimeMs < bundled)) return;
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir);
  const parts = new Map(
    await Promise.all(
      apart.map(async (module) => {
        const file = fileOf(kernel, module);
        const exported = { all: relative(dist, file) };
        return [file, await scriptOf(outdir, module.replaceAll('/', '-'), { exported, dist, external })];
      }),
    ),
  );
  const commands = globSync('commands/cli/**/*.js', { cwd: dist }).sort();
  const exported = Object.fromEntries([
    ...entries.map((entry) => [nameOf(entry), `${entry}.js`]),
    ...commands.map((file) => [file, file]),
  ]);
  const script = await scriptOf(outdir, 'core', { exported, dist, external, plugins: [staysApart(parts)] });
  for (const entry of entries) {
    const names = Object.keys(await import(pathToFileURL(join(dist, `${entry}.js`)).href));
    const all = `globalThis[Symbol.for('blockhost.bundle')].${nameOf(entry)}`;
    await writeFile(
      join(outdir, `${entry.replaceAll('/', '-')}.js`),
      `export const { ${names.join(', ')} } = ${all};\n`,
    );
  }
  await describe(outdir, { script, core: script, entries });
}

/** What the kernel's script calls the exports of an entry. */
export const nameOf = (entry) => entry.replaceAll(/[^a-z]/g, '_');

const fileOf = (kernel, module) =>
  join(kernel, module.startsWith('generated/') ? '.' : 'dist', `${module}.js`);

/** `require` finds the scripts of these modules beside the one that asks. */
function staysApart(parts) {
  return {
    name: 'stays-apart',
    setup({ onResolve }) {
      onResolve({ filter: /\.js$/ }, ({ path, resolveDir }) => {
        const part = parts.get(join(resolveDir, path));
        return part ? { path: `./bundled/${part}`, external: true } : undefined;
      });
    },
  };
}
