// Compiles the explorers' inputs again and compares with the artifacts: what is published is what is deployed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import solc from 'solc';
import { packageRoot } from './solidity.mjs';

const ENDING = '.standard-input.json';

const folder = join(packageRoot, 'artifacts');
const read = (name) => readFileSync(join(folder, name), 'utf8');
const contracts = readdirSync(folder).flatMap((name) =>
  name.endsWith(ENDING) ? name.slice(0, -ENDING.length) : [],
);

let failed = 0;
for (const contract of contracts) {
  const { abi, bytecode, deployedBytecode } = JSON.parse(read(`${contract}.json`));
  const { contracts: files } = JSON.parse(solc.compile(read(`${contract}${ENDING}`)));
  const again = Object.values(files).find((inFile) => contract in inFile)[contract];
  const same =
    `0x${again.evm.bytecode.object}` === bytecode &&
    `0x${again.evm.deployedBytecode.object}` === deployedBytecode &&
    JSON.stringify(again.abi) === JSON.stringify(abi);
  if (same) continue;
  failed += 1;
  console.log(`FAILED ${contract}${ENDING} does not compile to artifacts/${contract}.json`);
}
console.log(`${contracts.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 && contracts.length > 0 ? 0 : 1;
