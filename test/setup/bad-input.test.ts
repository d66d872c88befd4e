import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DemoHost, type Ended, freePort } from '../demo/host.js';
import { startChain } from '../demo/main-job.js';
import { mayMount, SmallDisk, unlessSkipped } from './small-disk.js';

interface AnswersFile {
  admin: Record<string, unknown>;
  blockchain: Record<string, unknown>;
}

/** A message for people: how it ends, what it says, and that it shows no stack and blames no program. */
function expectHelp(ended: Ended, code: number, ...texts: readonly (string | RegExp)[]): void {
  expect(ended.code, ended.stderr).to.equal(code);
  for (const text of texts)
    if (typeof text === 'string') expect(ended.stderr).to.include(text);
    else expect(ended.stderr).to.match(text);
  expect(ended.stderr).to.not.match(/^\s+at .*:\d+|Unexpected error|BLOCKHOST_DEBUG/m);
}

describe('a set-up that is given something bad', () => {
  let host: DemoHost;
  let chain: Awaited<ReturnType<typeof startChain>>;
  let disk: SmallDisk | undefined;

  beforeEach(async () => {
    host = await DemoHost.create(await mkdtemp(join(tmpdir(), 'blockhost-bad-')));
    chain = await startChain(host);
  });

  afterEach(async () => {
    await host.stop();
    await disk?.unmount();
    disk = undefined;
    await chain.stop();
    await rm(host.root, { recursive: true, force: true });
  });

  const setUp = (...args: readonly string[]) =>
    host.start(['setup', ...(args.length > 0 ? args : ['--config', chain.answersFile])]).ended;

  /** Changes the answers for as long as `act` takes. */
  async function withAnswers(
    change: (answers: AnswersFile) => void,
    act: () => Promise<void>,
  ): Promise<void> {
    const right = await readFile(chain.answersFile, 'utf8');
    const answers = JSON.parse(right) as AnswersFile;
    change(answers);
    await writeFile(chain.answersFile, JSON.stringify(answers));
    await act();
    await writeFile(chain.answersFile, right);
  }

  async function rpc<T>(method: string, ...params: readonly unknown[]): Promise<T> {
    const response = await fetch(chain.devnet.rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: AbortSignal.timeout(10_000),
    });
    return ((await response.json()) as { result: T }).result;
  }

  /** Contracts that a wallet has deployed; the chain of the tests is short enough to be read whole. */
  async function deployments(wallet: string): Promise<number> {
    const head = Number(await rpc<string>('eth_blockNumber'));
    let count = 0;
    for (let height = 0; height <= head; height += 1) {
      const block = await rpc<{ transactions: { from: string; to: string | null }[] }>(
        'eth_getBlockByNumber',
        `0x${height.toString(16)}`,
        true,
      );
      count += block.transactions.filter(
        ({ from, to }) => to === null && from === wallet.toLowerCase(),
      ).length;
    }
    return count;
  }

  const status = async () => JSON.parse(await host.run('setup', '--status', '--json'));

  /** The end that every one of these must come to. */
  async function expectFinished(ended: Ended): Promise<void> {
    expect(ended, ended.stderr).to.include({ code: 0 });
    const state = await status();
    expect(state).to.have.property('status', 'completed');
    expect(await deployments(state.steps.wallet.data.address)).to.equal(2);
  }

  it('refuses an address that is none of the chain, and a secret file that is not there, before it starts', async () => {
    await withAnswers(
      ({ admin, blockchain }) => {
        admin.wallet_address = '0x12';
        blockchain.deployer_key = { file: 'gone.key' };
      },
      async () => {
        const ended = await setUp();
        expectHelp(
          ended,
          2,
          '2 problems',
          /\/admin\/wallet_address {2}is text of 4 characters, expected an address of EVM/,
          /\/blockchain\/deployer_key {2}.*gone\.key cannot be read: ENOENT/,
          'Correct the file',
        );
        expect(await status()).to.include({ status: 'pending' });
      },
    );
    await expectFinished(await setUp());
  });

  it('says that a file of answers is no YAML, and where', async () => {
    const file = join(host.root, 'broken.yaml');
    await writeFile(file, 'admin:\n  wallet_address: "0x\n  signature: [\n');
    expectHelp(await setUp('--config', file), 2, `${file} cannot be read`, /because: .*line \d+/, '--config');
  });

  it('says that no node answers, and finishes with the right one', async () => {
    const port = await freePort();
    await withAnswers(
      ({ blockchain }) => {
        blockchain.rpc_url = `http://127.0.0.1:${port}/secret-key`;
      },
      async () => {
        const ended = await setUp();
        expectHelp(ended, 1, `ECONNREFUSED 127.0.0.1:${port}`, 'rpc_url', '--config FILE --reset');
        expect(ended.stderr).to.not.include('secret-key');
      },
    );
    await expectFinished(await setUp('--config', chain.answersFile, '--reset'));
  });

  it('says that a node serves another chain, and finishes with the right one', async () => {
    await withAnswers(
      ({ blockchain }) => {
        blockchain.chain_id = 4242;
      },
      async () =>
        expectHelp(
          await setUp(),
          1,
          'serves chain 31337, but this host is set up for chain 4242',
          'chain_id',
        ),
    );
    await expectFinished(await setUp('--config', chain.answersFile, '--reset'));
  });

  it('names an empty wallet and what it needs, and deploys nothing twice once it is paid', async () => {
    const { ended } = host.start(['setup', '--config', chain.answersFile], {
      env: { BLOCKHOST_FAILPOINT: 'setup.contracts:before' },
    });
    expect(await ended).to.include({ signal: 'SIGKILL' });
    const wallet = (await status()).steps.wallet.data.address as string;
    const need = new RegExp(`The wallet ${wallet} has [\\d.]+ ETH; to deploy .* may cost [\\d.]+ ETH`);

    await rpc('anvil_setBalance', wallet, '0x0');
    expectHelp(await setUp('--resume'), 1, need, `Send at least`, '--resume');
    expect(await deployments(wallet)).to.equal(0);
    // Enough for the first contract and not for the second.
    const missing = /has 0 ETH; to deploy .* may cost ([\d.]+) ETH/.exec(
      (await setUp('--resume')).stderr,
    )?.[1];
    await rpc('anvil_setBalance', wallet, `0x${BigInt(Math.round(Number(missing) * 1e18)).toString(16)}`);
    expectHelp(await setUp('--resume'), 1, need);
    expect(await deployments(wallet)).to.equal(1);

    await rpc('anvil_setBalance', wallet, '0x56bc75e2d63100000');
    await expectFinished(await setUp('--resume'));
  });

  it(`tells that the disk of its state is full, and finishes when there is space${unlessSkipped}`, async function () {
    if (!mayMount) this.skip();
    disk = await SmallDisk.mount(join(host.root, 'var/lib/blockhost'), '4m');
    host.prefix = disk.prefix;
    const { ended } = host.start(['setup', '--config', chain.answersFile], {
      env: { BLOCKHOST_FAILPOINT: 'setup.chain_config:before' },
    });
    expect(await ended).to.include({ signal: 'SIGKILL' });

    await disk.fill();
    expectHelp(await setUp('--resume'), 1, 'cannot be written', 'ENOSPC', 'Free space');
    await disk.empty();
    await expectFinished(await setUp('--resume'));
  });

  for (const { what, hinder, relieve, texts } of [
    {
      what: 'is full',
      hinder: (on: SmallDisk) => on.fill(),
      relieve: (on: SmallDisk) => on.empty(),
      texts: ['disk is full', 'Free space on'],
    },
    {
      what: 'is read-only',
      hinder: async (on: SmallDisk) => on.lock('ro'),
      relieve: async (on: SmallDisk) => on.lock('rw'),
      texts: ['read-only', 'writable'],
    },
  ])
    it(`tells that its folder of configuration ${what}, and finishes when it is mended${unlessSkipped}`, async function () {
      if (!mayMount) this.skip();
      disk = await SmallDisk.mount(join(host.root, 'etc/blockhost'), '512k');
      host.prefix = disk.prefix;
      await hinder(disk);
      expectHelp(await setUp(), 1, ...texts, '--resume');
      await relieve(disk);
      await expectFinished(await setUp('--resume'));
    });
});
