import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { BlockhostError } from '@blockhost/kernel';

/** The node's program itself, not its launcher: from the npm package, else from the PATH. */
export function anvilBinary(): string {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const candidates = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'anvil'));
  try {
    const platform = `@foundry-rs/anvil-${process.platform}-${arch}/bin/anvil`;
    candidates.unshift(createRequire(import.meta.url).resolve(platform));
  } catch {
    // The package has no binary for this platform.
  }
  const found = candidates.find(isExecutable);
  if (found) return found;
  throw new BlockhostError(
    'devnet.no-node',
    'There is no program for a local chain: "anvil" is not installed.',
    {
      remedy: 'Run "npm install", or put anvil of Foundry (https://getfoundry.sh) on the PATH.',
    },
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
