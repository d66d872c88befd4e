import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { atNeed, RARELY_USED } from './node-at-need.mjs';

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
];

/** Large and seldom needed: stay files of their own. */
const apart = /\/(?:config\/(?:ajv|yaml)|store\/knex|generated\/[a-z-]+-validators)\.js$/;

/** Native, a tool of tests, or Knex as a whole with its driver for a database elsewhere; loaded at need. */
const external = ['better-sqlite3', 'sqlite3', 'mocha', 'chai', 'knex', 'pg'];

/**
 * Bundles the compiled kernel into one script below `dist/bundled/`, and modules `ports-index.js` … for those who import it.
 * Each module in it runs when it is first needed. A script, because V8 keeps the compiled form of a script with all
 * that a process came to call, and of a module only what ran while it was loaded: kernel/src/bundle.ts.
 */
export async function bundleKernel(kernel) {
  const dist = join(kernel, 'dist');
  const outdir = join(dist, 'bundled');
  const inputs = [
    join(kernel, 'tsconfig.tsbuildinfo'),
    join(kernel, '../package-lock.json'),
    join(dist, 'commands/oclif.js'),
    import.meta.filename,
  ];
  const bundled = statSync(join(outdir, 'bundle.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (inputs.every((file) => statSync(file).mtimeMs < bundled)) return;
  await rm(outdir, { recursive: true, force: true });
  const { outputFiles } = await build({
    stdin: {
      contents: entries.map((entry) => `export * as ${nameOf(entry)} from './${entry}.js';`).join('\n'),
      resolveDir: dist,
      sourcefile: 'core.js',
    },
    write: false,
    bundle: true,
    external,
    plugins: [membersOfNode, staysApart(dist), placesIn(dist)],
    banner: { js: '(function (require, load, module, here) {' },
    footer: { js: '})' },
    minifySyntax: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    logLevel: 'error',
  });
  const text = loading(outputFiles[0].text);
  const script = `core-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.cjs`;
  await mkdir(outdir);
  await writeFile(join(outdir, script), text);
  for (const entry of entries) {
    const names = Object.keys(await import(pathToFileURL(join(dist, `${entry}.js`)).href));
    const all = `globalThis[Symbol.for('blockhost.bundle')].${nameOf(entry)}`;
    await writeFile(
      join(outdir, `${entry.replaceAll('/', '-')}.js`),
      `export const { ${names.join(', ')} } = ${all};\n`,
    );
  }
  // Last: a bundle without it is not taken.
  await writeFile(join(outdir, 'bundle.json'), JSON.stringify({ script, entries }));
}

const nameOf = (entry) => entry.replaceAll(/[^a-z]/g, '_');

/** A script can import nothing by itself, other than with an experiment of Node: who runs it does. */
function loading(text) {
  const replaced = text.replaceAll(/(?<=\bawait )import\(/g, 'load(');
  if (/(?<![.#"\w])import\(/.test(replaced))
    throw new Error('The kernel imports something without awaiting it.');
  return replaced;
}

/** Modules that are not taken in are found from the folder of the module that loads the bundle. */
function staysApart(dist) {
  return {
    name: 'stays-apart',
    setup({ onResolve }) {
      onResolve({ filter: /\.js$/ }, ({ path, resolveDir }) => {
        const file = join(resolveDir, path);
        return apart.test(file) ? { path: `./${relative(dist, file)}`, external: true } : undefined;
      });
    },
  };
}

/**
 * Importing a module of Node makes it read every property of it, and so load parts of itself that nobody asked for: with
 * `node:fs` its streams. In the bundle only the members in use are read.
 */
const membersOfNode = {
  name: 'members-of-node',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'node', sideEffects: false } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'node' }, ({ path }) => ({ contents: membersOf(path) }));
  },
};

/** A plain function loads its module when it is called; the rest is read at once: classes, functions with members, objects. */
function membersOf(path) {
  // The same constants, without what else its promises load.
  const home = (key) => (path === 'node:fs/promises' && key === 'constants' ? 'node:fs' : path);
  const load = `process.getBuiltinModule('${path}')`;
  const members = Object.entries(process.getBuiltinModule(path)).filter(
    ([key]) => /^[A-Za-z]\w*$/.test(key) && key !== 'default',
  );
  const isPlain = (key, value) =>
    typeof value === 'function' &&
    /^[a-z]/.test(key) &&
    Reflect.ownKeys(value).every((own) => PLAIN.has(own));
  return [
    `export default ${RARELY_USED.test(path) ? atNeed(path) : `/* @__PURE__ */ ${load}`};`,
    ...members.map(([key, value]) =>
      isPlain(key, value)
        ? `const _${key} = (...args) => ${load}.${key}(...args);\nexport { _${key} as ${key} };`
        : `const _${key} = /* @__PURE__ */ (() => process.getBuiltinModule('${home(key)}').${key})();\nexport { _${key} as ${key} };`,
    ),
  ].join('\n');
}

const PLAIN = new Set(['length', 'name', 'prototype']);

/** Modules that look for what lies beside them find it where the compiler put them; `here` is the folder of the compiled kernel. */
function placesIn(dist) {
  return {
    name: 'places',
    setup({ onLoad }) {
      onLoad({ filter: /\.js$/ }, async ({ path }) => {
        const contents = await readFile(path, 'utf8');
        if (!path.startsWith(dist) || !contents.includes('import.meta.')) return undefined;
        const file = `(here + '/${relative(dist, path)}')`;
        const folder = `(here + '/${relative(dist, dirname(path))}')`;
        return {
          contents: contents
            .replaceAll('import.meta.url', `process.getBuiltinModule('node:url').pathToFileURL${file}.href`)
            .replaceAll('import.meta.filename', file)
            .replaceAll('import.meta.dirname', folder),
        };
      });
    },
  };
}
