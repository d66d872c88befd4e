// A throw-away copy of the contracts in which mutants are compiled and tested.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forgeBinary, forgeEnvironment, repositoryRoot } from './forge.mjs';
import { packageRoot } from './solidity.mjs';

const TIMEOUT_MS = 120_000;
const PARTS = ['src', 'forge', 'scripts', 'foundry.toml', 'package.json'];

/**
 * @returns {{ check(file: string, text: string, original: string): Promise<Verdict>, remove(): void }} where a verdict is
 *   `killed`, `survived` or, of what does not compile, `invalid`
 */
export function mutationBench() {
  const root = mkdtempSync(join(tmpdir(), 'blockhost-mutants-'));
  const contracts = join(root, 'contracts/evm');
  mkdirSync(contracts, { recursive: true });
  for (const part of PARTS) cpSync(join(packageRoot, part), join(contracts, part), { recursive: true });
  symlinkSync(join(repositoryRoot, 'node_modules'), join(root, 'node_modules'));

  const remove = () => rmSync(root, { recursive: true, force: true });
  process.once('exit', remove);
  return { check, remove };

  /** The quick tests first; what survives them faces all. */
  async function check(file, text, original) {
    const path = join(contracts, file);
    writeFileSync(path, text);
    try {
      const quick = await test('GasTest|GrowthTest|Invariants', { FOUNDRY_FUZZ_RUNS: '32' });
      return quick === 'survived' ? await test('GasTest|GrowthTest', {}) : quick;
    } finally {
      writeFileSync(path, original);
    }
  }

  /** Without the optimizer, and with tests that need not be compiled anew with each source. */
  async function test(without, settings) {
    const options = ['--root', root, '--dynamic-test-linking', '--fail-fast', '--no-match-contract', without];
    const { code, output } = await run(['test', ...options], {
      ...forgeEnvironment(root),
      FOUNDRY_OPTIMIZER: 'false',
      ...settings,
    });
    if (code === 0) return 'survived';
    if (code === null || output.includes('[FAIL')) return 'killed';
    if (output.includes('Compiler run failed')) return 'invalid';
    throw new Error(`forge neither passed nor failed:\n${output}`);
  }

  /** `code` is null when the time was over, which a mutant that never ends brings about. */
  function run(args, env) {
    return new Promise((resolve, reject) => {
      let output = '';
      const child = spawn(forgeBinary, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
      const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (data) => {
          output += data;
        });
      }
      child.on('error', reject);
      child.on('close', (code) => {
        clearTimeout(timer);
        resolve({ code, output });
      });
    });
  }
}
