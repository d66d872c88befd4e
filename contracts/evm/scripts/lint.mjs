// Lints the sources with solhint: .solhint.json, and for what only tests deploy src/testing/.solhint.json on top.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { packageRoot } from './solidity.mjs';

const solhint = createRequire(import.meta.url).resolve('solhint/solhint.js');
const options = ['--disc', '--noPoster', '--max-warnings', '0', '--formatter', 'unix', 'src/**/*.sol'];

// In the package: solhint looks for configurations between a file and the working directory.
const { status } = spawnSync(process.execPath, [solhint, ...options], { cwd: packageRoot, stdio: 'inherit' });
process.exitCode = status ?? 1;
