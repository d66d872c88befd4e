import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CHAIN_CODEC } from '@blockhost/kernel';
import { expect } from 'chai';
import { newRoot } from './evm-host.js';
import { readyHost } from './ready-host.js';

const CHILD = fileURLToPath(new URL('./codec-child.js', import.meta.url));

describe('the codec of engine-evm', function () {
  this.timeout(60_000);

  it('works before set-up, and imports no client of the chain', async () => {
    const root = await newRoot();
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [CHILD], {
        env: { ...process.env, BLOCKHOST_ROOT: root },
        timeout: 20_000,
      });
      const { modules, ...answers } = JSON.parse(stdout) as { modules: string[] };
      expect(answers).to.deep.equal({ opened: 'details', recovers: true });
      expect(modules.filter((url) => url.endsWith('/engine-evm/dist/codec.js'))).to.have.length(1);
      const packages = modules.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
      expect(packages.filter((name) => !name.startsWith('@noble/'))).to.deep.equal([]);
    } finally {
      await rm(root, { recursive: true });
    }
  });

  it('reads keys that sign transactions of the engine', async () => {
    const host = await readyHost();
    try {
      const { keys } = await host.kernel.get(CHAIN_CODEC);
      const { transactions, funds } = await host.engineVia([host.devnet.rpcUrl]);
      const key = keys.parse(String(host.devnet.answers.deployer_key));
      const signed = await transactions.sign(funds.sendNative(key.address, 1n), key);
      expect(signed.from).to.equal(host.owner.address);
    } finally {
      await host.stop();
    }
  });
});
