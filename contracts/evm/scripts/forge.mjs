// Runs forge as the contracts need it: offline, with the npm compiler, on the whole repository.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { packageRoot } from './solidity.mjs';

export const repositoryRoot = dirname(dirname(packageRoot));

const TIMEOUT_MS = 10 * 60_000;

const arch = process.arch === 'x64' ? 'amd64' : process.arch;
/** The binary itself: killing the npm package's launcher would leave it running. */
export const forgeBinary = createRequire(import.meta.url).resolve(
  `@foundry-rs/forge-${process.platform}-${arch}/bin/forge`,
);

/** The environment of forge in `root`, a checkout of the repository. */
export function forgeEnvironment(root) {
  return {
    ...process.env,
    FOUNDRY_OFFLINE: 'true',
    FOUNDRY_CONFIG: join(root, 'contracts/evm/foundry.toml'),
    // The compiler shim is a script for the Node that runs this.
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  };
}

/** Runs `forge SUBCOMMAND …options` to its end and returns its status and what it printed. */
export function forge(subcommand, ...options) {
  const run = spawnSync(forgeBinary, [subcommand, '--root', repositoryRoot, ...options], {
    cwd: repositoryRoot,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: 256 * 1024 * 1024,
    env: forgeEnvironment(repositoryRoot),
  });
  if (run.error) throw new Error(`forge could not run: ${run.error.message}`);
  return run;
}
