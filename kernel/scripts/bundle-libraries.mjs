import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { atNeed, RARELY_USED } from './node-at-need.mjs';

/** Modules that only hand on what a library exports. */
const modules = [
  'commands/oclif',
  'config/ajv',
  'config/yaml',
  'injection',
  'manifests/semver',
  'store/knex',
];

/** The same of the plugins beside the kernel. */
const modulesOfPlugins = 'plugins/*/src/libraries.ts';

/** A native module with an interface of its own, and a driver that Knex would load if somebody named it. */
const external = ['better-sqlite3', 'sqlite3'];

/** First line of a bundle: it is made anew when the libraries or the way of bundling change. */
function markOf(kernel) {
  const hash = createHash('sha256');
  for (const input of [import.meta.filename, join(kernel, '../package-lock.json')])
    hash.update(readFileSync(input));
  return `// bundled ${hash.digest('hex')}\n`;
}

/**
 * Replaces the compiled form of each module by a bundle of itself: reading one file instead of eighty is most of what a
 * library adds to the start of a command. What is a bundle already stays; the compiler writes a module anew when its
 * source changes.
 */
export async function bundleLibraries(kernel) {
  const mark = markOf(kernel);
  const tree = dirname(kernel);
  const plugins = globSync(modulesOfPlugins, { cwd: tree }).map((file) => join(tree, file, '../..'));
  await Promise.all([
    ...modules.map((module) => bundle(kernel, module, mark)),
    ...plugins.map((home) => bundle(home, 'libraries', mark)),
  ]);
}

async function bundle(home, module, mark) {
  const file = join(home, 'dist', `${module}.js`);
  if ((await readFile(file, 'utf8')).startsWith(mark)) return;
  const { outputFiles } = await build({
    entryPoints: [join(home, 'src', `${module}.ts`)],
    bundle: true,
    write: false,
    external,
    plugins: [globalProcess, nodeAtNeed, ...(unreached[module] ? [without(unreached[module])] : [])],
    // Names stay, for stack traces. Half the bytes: reading and compiling them is what a library costs at start.
    minifySyntax: true,
    minifyWhitespace: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    legalComments: 'eof',
    logLevel: 'error',
    banner: {
      js: `${mark}import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);`,
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

/**
 * CommonJS libraries load all they might need of Node when they are loaded. In a bundle they read it member by member:
 * nothing of `node:child_process`, and the network code behind it, is loaded for a command that starts no process.
 */
const nodeAtNeed = {
  name: 'node-at-need',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: RARELY_USED }, ({ path, kind }) =>
      kind === 'require-call' ? { path, namespace: 'at-need' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'at-need' }, ({ path }) => ({
      contents: `module.exports = ${atNeed(path)};`,
    }));
  },
};

/**
 * Parts of a library that this program never reaches, and that would take a third of its start: oclif's search for command
 * modules in folders, what it asks of Windows, its own debug output and the colours of a theme; Knex's databases by name
 * (a client class is handed to it), its own migrations and seeds (left out of its build for browsers as well) and the
 * colours of its debug output.
 */
const unreached = {
  'commands/oclif': /\/(?:tinyglobby|wsl-utils|supports-color|debug)\//,
  'store/knex':
    /\/knex\/lib\/(?:dialects\/index|migrations\/migrate\/Migrator|migrations\/seed\/Seeder)\.js$|\/supports-color\//,
};

/** What stands in place of such a part where the library calls it while it loads. */
const instead = (path) => (path.includes('/debug/') ? 'module.exports = () => () => {};' : '');

const without = (filter) => ({
  name: 'without',
  setup: ({ onLoad }) => onLoad({ filter }, ({ path }) => ({ contents: instead(path) })),
});
