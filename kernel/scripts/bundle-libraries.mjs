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

/** What every process starts with: one file instead of two. What it loads next stays where it is. */
const start = 'main';

/** The same of the plugins beside the kernel. */
const modulesOfPlugins = 'plugins/*/src/libraries.ts';

/** A native module with an interface of its own, and a driver that Knex would load if somebody named it. */
const external = ['better-sqlite3', 'sqlite3', './commands/command-host.js'];

/** First line of a bundle: it is made anew when the libraries or the way of bundling change. */
function markOf(kernel) {
  const hash = createHash('sha256');
  // The compiler leaves main.js as it is when the module beside it changes.
  const inputs = [import.meta.filename, join(kernel, '../package-lock.json'), join(kernel, 'src/bundle.ts')];
  for (const input of inputs) hash.update(readFileSync(input));
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
    ...[start, ...modules].map((module) => bundle(kernel, module, mark)),
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
    plugins: [
      globalProcess,
      nodeAtNeed,
      requireAtNeed,
      rewritten,
      ...(unreached[module] ? [without(unreached[module])] : []),
    ],
    // Names stay, for stack traces. Half the bytes: reading and compiling them is what a library costs at start.
    minifySyntax: true,
    minifyWhitespace: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    legalComments: 'eof',
    logLevel: 'error',
    banner: {
      js:
        module === start
          ? mark
          : `${mark}import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);`,
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

/**
 * oclif loads all of itself, its help and the libraries behind that, before it looks at a command. In the bundle each of
 * its modules loads another when it first uses it, by the name that the compiler gave to the import.
 */
const requireAtNeed = {
  name: 'require-at-need',
  setup({ onLoad }) {
    onLoad({ filter: /\/@oclif\/core\/lib\/.*\.js$/ }, async ({ path }) => {
      let contents = await readFile(path, 'utf8');
      const imported = /^const (\w+_\d+) = ((?:__import\w+\()?require\("[^"]+"\)\)?);$/gm;
      const getters = [...contents.matchAll(imported)].map(([line, name, required]) => {
        contents = contents.replace(line, '').replaceAll(new RegExp(`\\b${name}\\b`, 'g'), `$at.${name}`);
        return `get ${name}() {
          const value = ${required};
          Object.defineProperty($at, '${name}', { value });
          return value;
        }`;
      });
      contents = contents.replace(
        '"use strict";',
        (line) => `${line}\nconst $at = { ${getters.join(', ')} };`,
      );
      return { contents: rewrite(path, contents) };
    });
  },
};

/**
 * What libraries work out while they are loaded, although few commands use it: a theme from the operator's folder, for
 * colours that are left out; whether there are random numbers, which loads Node's web cryptography; whether a terminal
 * shows the colours of Knex's debug output, which loads its network code. Who listens
 * to errors of standard output makes it a stream: the command host does, once it is one.
 */
const rewritings = [
  {
    file: /\/@oclif\/core\/lib\/config\/config\.js$/,
    changes: [['this.theme = await this.loadTheme();', '']],
  },
  {
    file: /\/@oclif\/core\/lib\/command\.js$/,
    changes: [["process.stdout.on('error', (err) => {", 'void ((err) => {']],
  },
  {
    file: /\/debug\/src\/node\.js$/,
    changes: [['tty.isatty(process.stderr.fd)', 'false']],
  },
  {
    file: /\/@noble\/curves\/abstract\/curve\.js$/,
    changes: [
      [
        'this.randomBytes = probeRandomBytes(randomBytes, BLIND_BYTES);',
        `let probed;
         const get = () => (probed ??= [probeRandomBytes(randomBytes, BLIND_BYTES)])[0];
         Object.defineProperty(this, 'randomBytes', { get });`,
      ],
    ],
  },
  {
    file: /\/@noble\/curves\/abstract\/weierstrass\.js$/,
    changes: [
      ['const csprng = probeRandomBytes(randomBytes, blindLength);', 'let probed;'],
      [
        'if (csprng !== undefined) {',
        'const [csprng] = (probed ??= [probeRandomBytes(randomBytes, blindLength)]);\nif (csprng !== undefined) {',
      ],
    ],
  },
];

const rewritten = {
  name: 'rewritten',
  setup({ onLoad }) {
    for (const { file } of rewritings)
      onLoad({ filter: file }, async ({ path }) => ({
        contents: rewrite(path, await readFile(path, 'utf8')),
      }));
  },
};

function rewrite(path, text) {
  let contents = text;
  for (const [from, to] of rewritings.find(({ file }) => file.test(path))?.changes ?? []) {
    if (contents.split(from).length !== 2)
      throw new Error(`${path} is not what it was: see kernel/scripts/bundle-libraries.mjs.`);
    contents = contents.replace(from, () => to);
  }
  return contents;
}
