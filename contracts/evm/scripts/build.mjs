// Compiles the contracts when a source, a setting or a version has changed.
//   artifacts/<Name>.json           what deploys a contract, and how it lays out its storage
//   artifacts/<Name>.standard-input.json   what a block explorer verifies it with
//   artifacts/testing/<Name>.json   contracts that only tests deploy
//   dist/index.js, dist/bytecode.js the same as typed ES modules
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { compile, packageRoot, readSources, settings, versions } from './solidity.mjs';
import { standardInput } from './standard-input.mjs';
import { camelCase, hexDeclarations, literalDeclarations, moduleText } from './typed-module.mjs';

/** EIP-170. */
const MAX_RUNTIME_BYTES = 24_576;

/** What other packages import, by source file. */
const PUBLISHED = [
  'src/AccessCredentialNFT.sol',
  'src/BlockhostSubscriptions.sol',
  'src/BrokerRegistry.sol',
  'src/BrokerRequests.sol',
  'src/dev/TestStablecoin.sol',
];

const stampFile = join(packageRoot, 'artifacts/.stamp');
const sources = readSources();
const stamp = digest([
  ...['build', 'solidity', 'standard-input', 'typed-module'].map((name) =>
    readFileSync(join(import.meta.dirname, `${name}.mjs`)),
  ),
  JSON.stringify([versions, settings, [...sources]]),
]);

if (!isCurrent()) {
  try {
    build();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

function isCurrent() {
  return (
    existsSync(join(packageRoot, 'dist/bytecode.d.ts')) &&
    existsSync(stampFile) &&
    readFileSync(stampFile, 'utf8') === stamp
  );
}

function build() {
  const { contracts, compiler, contents } = compile(sources);
  rmSync(stampFile, { force: true });

  const abis = {};
  const bytecodes = {};
  for (const source of sources.keys()) {
    for (const [contractName, output] of Object.entries(contracts[source] ?? {})) {
      const artifact = toArtifact(contractName, output, compiler);
      if (artifact.bytecode === '0x') continue; // interfaces and libraries that are compiled in
      if (source.startsWith('src/testing/')) {
        write(`artifacts/testing/${contractName}.json`, `${JSON.stringify(artifact, null, 1)}\n`);
      } else if (PUBLISHED.includes(source) && contractName === basename(source, '.sol')) {
        write(`artifacts/${contractName}.json`, `${JSON.stringify(artifact, null, 1)}\n`);
        const input = standardInput(output.metadata, contents);
        write(`artifacts/${contractName}.standard-input.json`, `${JSON.stringify(input, null, 1)}\n`);
        abis[`${camelCase(contractName)}Abi`] = artifact.abi;
        bytecodes[`${camelCase(contractName)}Bytecode`] = artifact.bytecode;
      }
    }
  }

  write('dist/index.js', moduleText(abis));
  write('dist/index.d.ts', literalDeclarations(abis));
  write('dist/bytecode.js', moduleText(bytecodes));
  write('dist/bytecode.d.ts', hexDeclarations(bytecodes));
  write('artifacts/.stamp', stamp);
}

function toArtifact(contractName, { abi, evm, metadata, storageLayout }, compiler) {
  const runtimeBytes = evm.deployedBytecode.object.length / 2;
  if (runtimeBytes >= MAX_RUNTIME_BYTES) {
    throw new Error(
      `${contractName}: ${runtimeBytes} bytes of runtime code; it must stay below ${MAX_RUNTIME_BYTES}`,
    );
  }
  return {
    contractName,
    abi,
    bytecode: `0x${evm.bytecode.object}`,
    deployedBytecode: `0x${evm.deployedBytecode.object}`,
    compiler,
    storageLayout: named(storageLayout),
    sourceHash: sourceHash(metadata),
  };
}

/** Without the compiler's numbers of declarations, which change with files that have nothing to do with the contract. */
function named(layout) {
  const name = (type) => type.replace(/(t_(?:struct|enum|contract)\([^()]*\))\d+/g, '$1');
  return JSON.parse(JSON.stringify(layout), (key, value) => {
    if (key === 'astId') return undefined;
    if (key === 'types' && value) {
      return Object.fromEntries(Object.entries(value).map(([type, details]) => [name(type), details]));
    }
    return ['type', 'key', 'value', 'base'].includes(key) && typeof value === 'string' ? name(value) : value;
  });
}

/** One hash over all files a contract is made of, its imports included. */
function sourceHash(metadata) {
  if (metadata === '') return digest([]);
  const files = Object.entries(JSON.parse(metadata).sources).map(
    ([name, { keccak256 }]) => `${name} ${keccak256}\n`,
  );
  return digest(files.sort());
}

function digest(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return `0x${hash.digest('hex')}`;
}

/** Through a temporary file, because readers of the old one may be running. */
function write(name, text) {
  const file = join(packageRoot, name);
  const temporary = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}
