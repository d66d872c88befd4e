import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Abi, Hex } from 'viem';

export interface Artifact {
  readonly contractName: string;
  readonly abi: Abi;
  readonly bytecode: Hex;
  readonly deployedBytecode: Hex;
}

/** Reads a compiled contract by name; mocks are named `testing/<Name>`. */
export function readArtifact(name: string): Artifact {
  const url = import.meta.resolve(`@blockhost/contracts-evm/${name}.json`);
  return JSON.parse(readFileSync(fileURLToPath(url), 'utf8'));
}
