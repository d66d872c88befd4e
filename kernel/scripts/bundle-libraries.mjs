import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Modules of `dist/` that only hand on what a library exports. */
const modules = [
  'commands/oclif.js',
  'config/ajv.js',
  'config/yaml.js',
  'injection.js',
  'manifests/semver.js',
  'store/knex.js',
];

/** Loaded at run time, if at all: a native module, and drivers of databases that this program does not use. */
const external = [
  'better-sqlite3',
  ...['mariadb', 'mysql', 'mysql2', 'oracledb', 'pg', 'pg-native', 'pg-query-stream', 'sqlite3', 'tedious'],
];

const mark = '// bundled';

/**
 * Replaces each module by a bundle of itself: reading one file instead of eighty is most of what a library adds to the
 * start of a command. What is a bundle already stays; the compiler writes the module anew when its source changes.
 */
export async function bundleLibraries(kernel) {
  await Promise.all(modules.map((module) => bundle(join(kernel, 'dist', module))));
}

async function bundle(file) {
  if ((await readFile(file, 'utf8')).startsWith(mark)) return;
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    external,
    plugins: [globalProcess],
    platform: 'node',
    target: 'node24',
    format: 'esm',
    legalComments: 'eof',
    logLevel: 'error',
    banner: {
      js: `${mark}\nimport { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);`,
    },
  });
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, outputFiles[0].contents);
  await rename(temporary, file);
}

/** Importing `node:process` reads all its properties, and with them opens standard input: 4 ms. */
const globalProcess = {
  name: 'global-process',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?process$/ }, () => ({ path: 'process', namespace: 'global' }));
    onLoad({ filter: /.*/, namespace: 'global' }, () => ({ contents: 'module.exports = process;' }));
  },
};
