import { statSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

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

/** What nearly every command comes to import, in one file with them. */
const eager = ['commands/oclif-config', 'loader/loading', 'config/create-host-config', 'exec/create-exec'];

/** Native, a tool of tests, or Knex as a whole with its driver for a database elsewhere; loaded at need. */
const external = ['better-sqlite3', 'sqlite3', 'mocha', 'chai', 'knex', 'pg'];

/**
 * Bundles the compiled kernel into `dist/bundled/`, `commands/index` as `commands-index.js`: resolving and reading a hundred
 * small files is most of what a command costs. kernel/src/main.ts says when the bundle is taken.
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
  const bundled = statSync(join(outdir, 'entries.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (inputs.every((file) => statSync(file).mtimeMs < bundled)) return;
  await rm(outdir, { recursive: true, force: true });
  await build({
    stdin: {
      contents: entries.map((entry, at) => `export * as entry${at} from './${entry}.js';`).join('\n'),
      resolveDir: dist,
      sourcefile: 'core.js',
    },
    entryNames: 'core',
    outdir,
    bundle: true,
    splitting: true,
    external,
    plugins: [membersOfNode, placesIn(dist)],
    minifySyntax: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    logLevel: 'error',
  });
  for (const [at, entry] of entries.entries()) {
    const names = Object.keys(await import(pathToFileURL(join(dist, `${entry}.js`)).href));
    const text = `import { entry${at} } from './core.js';\nexport const { ${names.join(', ')} } = entry${at};\n`;
    await writeFile(join(outdir, `${entry.replaceAll('/', '-')}.js`), text);
  }
  // Last: a bundle without it is not taken.
  await writeFile(join(outdir, 'entries.json'), JSON.stringify(entries));
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

/** A plain function loads its module when it is called; classes and functions with members of their own are read at once. */
function membersOf(path) {
  const load = `process.getBuiltinModule('${path}')`;
  const members = Object.entries(process.getBuiltinModule(path)).filter(
    ([key]) => /^[A-Za-z]\w*$/.test(key) && key !== 'default',
  );
  const isPlain = (key, value) =>
    typeof value === 'function' &&
    /^[a-z]/.test(key) &&
    Reflect.ownKeys(value).every((own) => PLAIN.has(own));
  return [
    `export default /* @__PURE__ */ (() => ${load})();`,
    ...members.map(([key, value]) =>
      isPlain(key, value)
        ? `const _${key} = (...args) => ${load}.${key}(...args);\nexport { _${key} as ${key} };`
        : `const _${key} = /* @__PURE__ */ (() => ${load}.${key})();\nexport { _${key} as ${key} };`,
    ),
  ].join('\n');
}

const PLAIN = new Set(['length', 'name', 'prototype']);

/** Modules that look for what lies beside them find it where the compiler put them. */
function placesIn(dist) {
  return {
    name: 'places',
    setup({ onLoad }) {
      onLoad({ filter: /\.js$/ }, async ({ path }) => {
        const contents = await readFile(path, 'utf8');
        if (!path.startsWith(dist) || !/import\.meta\.|import\(/.test(contents)) return undefined;
        const up = `import.meta.dirname.slice(0, -'/bundled'.length)`;
        const file = relative(dist, path);
        const folder = file.includes('/') ? ` + '/${file.slice(0, file.lastIndexOf('/'))}'` : '';
        return {
          contents: withEager(contents, (name) => relative(dist, join(dirname(path), name)))
            .replaceAll('import.meta.url', `new URL('../${file}', import.meta.url).href`)
            .replaceAll('import.meta.filename', `(${up} + '/${file}')`)
            .replaceAll(/import\.meta\.dirname(?!\.slice)/g, `(${up}${folder})`),
        };
      });
    },
  };
}

/** Imports at need of what is {@link eager} become imports at once, with the same answer. */
function withEager(contents, placeOf) {
  const heads = [];
  const body = contents.replaceAll(/\bimport\('(\.[^']+)\.js'\)/g, (call, name) => {
    if (!eager.includes(placeOf(name))) return call;
    heads.push(`import * as eager${heads.length} from '${name}.js';`);
    return `Promise.resolve(eager${heads.length - 1})`;
  });
  return [...heads, body].join('\n');
}
