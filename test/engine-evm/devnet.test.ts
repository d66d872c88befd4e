import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEVNET, hasCode } from '@blockhost/kernel';
import { expect } from 'chai';
import { type EvmHost, newRoot, rpc, startHost } from './evm-host.js';

describe('the devnet of the EVM engine', function () {
  this.timeout(30_000);
  let host: EvmHost;
  before(async () => {
    host = await startHost();
  });
  after(() => host.stop());

  const start = async (folder: string, port: number) =>
    (await host.kernel.get(DEVNET)).start({ folder, port, signal: new AbortController().signal });

  it('gives the same wallet for the same label, and another one for another', async () => {
    const [alice, again, bob] = await Promise.all(
      ['alice', 'alice', 'bob'].map((label) => host.devnet.customer(label)),
    );
    expect(alice?.address).to.equal(again?.address);
    expect(alice?.address).not.to.equal(bob?.address);
  });

  it('seals the next block after the time it is told', async () => {
    const time = async () => {
      const block = await rpc<{ timestamp: string }>(host.devnet.rpcUrl, 'eth_getBlockByNumber', [
        'latest',
        false,
      ]);
      return Number(block.timestamp);
    };
    const before = await time();
    await host.devnet.advance(3_600);
    expect(await time()).to.be.within(before + 3_600, before + 3_660);
  });

  it('goes on with its chain after it was stopped', async () => {
    const folder = join(host.root, 'kept');
    const first = await start(folder, 0);
    const { address } = await first.customer('alice');
    const height = await rpc<string>(first.rpcUrl, 'eth_blockNumber');
    await first.stop();
    const second = await start(folder, 0);
    try {
      expect(await rpc(second.rpcUrl, 'eth_blockNumber')).to.equal(height);
      expect(second.answers.stablecoin).to.equal(first.answers.stablecoin);
      expect((await second.customer('alice')).address).to.equal(address);
    } finally {
      await second.stop();
    }
  });

  it('says so when its port is taken', async () => {
    const port = Number(new URL(host.devnet.rpcUrl).port);
    const error = await start(join(host.root, 'second'), port).catch((thrown: unknown) => thrown);
    expect(hasCode(error, 'devnet.not-started'), String(error)).to.equal(true);
    expect((error as { remedy?: string }).remedy).to.include(String(port));
  });

  it('ends when the process that started it is killed', async () => {
    const root = await newRoot();
    const script = fileURLToPath(new URL('./devnet-process.js', import.meta.url));
    const child = spawn(process.execPath, [script, root], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [printed] = (await once(child.stdout, 'data')) as [Buffer];
      const url = printed.toString().trim();
      expect(await rpc(url, 'eth_chainId')).to.equal('0x7a69');
      child.kill('SIGKILL');
      await once(child, 'exit');
      while (
        await rpc(url, 'eth_chainId').then(
          () => true,
          () => false,
        )
      )
        await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      child.kill('SIGKILL');
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});
