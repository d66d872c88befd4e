// How the contracts are compiled: the settings, the sources and the one way into the compiler.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

export const packageRoot = dirname(dirname(fileURLToPath(import.meta.url)));

export const settings = {
  optimizer: { enabled: true, runs: 200 },
  evmVersion: 'cancun',
  outputSelection: {
    '*': {
      '*': ['abi', 'metadata', 'storageLayout', 'evm.bytecode.object', 'evm.deployedBytecode.object'],
    },
  },
};

/** Versions of what a compilation depends on besides the sources, without loading the compiler. */
export const versions = {
  solc: require('solc/package.json').version,
  openzeppelin: require('@openzeppelin/contracts/package.json').version,
};

/** Our Solidity files: source unit name, relative to the package, to text. Sorted, so that builds are reproducible. */
export function readSources() {
  const names = readdirSync(join(packageRoot, 'src'), { recursive: true })
    .filter((name) => name.endsWith('.sol'))
    .map((name) => `src/${name}`)
    .sort();
  return new Map(names.map((name) => [name, readFileSync(join(packageRoot, name), 'utf8')]));
}

/**
 * Compiles `sources` and returns the compiler's standard JSON output, its long version and the text of every file,
 * imported ones included.
 * Imports other than our own files are resolved as npm packages. Warnings count as errors.
 */
export function compile(sources) {
  const solc = require('solc');
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries([...sources].map(([name, content]) => [name, { content }])),
    settings,
  };
  const contents = new Map(sources);
  const readAndKeep = (name) => {
    const found = readImport(name);
    if (found.contents !== undefined) contents.set(name, found.contents);
    return found;
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readAndKeep }));
  const problems = (output.errors ?? []).filter(({ severity }) => severity !== 'info');
  if (problems.length > 0) {
    throw new Error(problems.map(({ formattedMessage }) => formattedMessage).join('\n'));
  }
  return { contracts: output.contracts, compiler: solc.version(), contents };
}

function readImport(name) {
  try {
    return { contents: readFileSync(require.resolve(name), 'utf8') };
  } catch (cause) {
    return { error: `cannot read ${name}: ${cause.message}` };
  }
}
