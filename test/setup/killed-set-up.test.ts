import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boot, CHAIN_ENGINE, resolvePaths } from '@blockhost/kernel';
import { DATABASE } from '@blockhost/kernel/store';
import { expect } from 'chai';
import { DemoHost } from '../demo/host.js';
import { startChain } from '../demo/main-job.js';

const steps = [
  'keypair',
  'wallet',
  'contracts',
  'chain_config',
  'storage',
  'template',
  'mint_nft',
  'plan',
  'revenue_share',
  'finalize',
];

/** Transactions of an account on the private chain. */
async function transactionCount(rpcUrl: string, address: string): Promise<number> {
  const response = await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'eth_getTransactionCount',
      params: [address, 'latest'],
    }),
    signal: AbortSignal.timeout(10_000),
  });
  return Number(((await response.json()) as { result: string }).result);
}

describe('a set-up that is killed', () => {
  let host: DemoHost;
  let chain: Awaited<ReturnType<typeof startChain>>;

  beforeEach(async () => {
    host = await DemoHost.create(await mkdtemp(join(tmpdir(), 'blockhost-setup-')));
    chain = await startChain(host);
  });

  afterEach(async () => {
    await host.stop();
    await chain.stop();
    await rm(host.root, { recursive: true, force: true });
  });

  const setUp = (failpoint?: string) =>
    host.start(
      ['setup', '--config', chain.answersFile],
      failpoint ? { env: { BLOCKHOST_FAILPOINT: failpoint } } : {},
    ).ended;
  const deployer = async () =>
    JSON.parse(await host.run('setup', '--status', '--json')).steps.wallet.data.address as string;

  it('before and after every step deploys, mints and sells the same as one that is not', async function () {
    this.timeout(180_000);
    expect(await setUp(), 'a set-up without a kill').to.include({ code: 0 });
    const undisturbed = await transactionCount(chain.devnet.rpcUrl, await deployer());
    await chain.stop();
    await rm(host.root, { recursive: true, force: true });
    host = await DemoHost.create(host.root);
    chain = await startChain(host);

    for (const step of steps)
      for (const place of ['before', 'after'])
        expect(await setUp(`setup.${step}:${place}`), `${step}:${place}`).to.include({ signal: 'SIGKILL' });
    expect(await setUp()).to.include({ code: 0 });

    expect(await transactionCount(chain.devnet.rpcUrl, await deployer())).to.equal(undisturbed);
    const engine = await chain.kernel.get(CHAIN_ENGINE);
    expect(await engine.plans.list())
      .to.have.property('value')
      .with.lengthOf(1);
    expect(await engine.credentials.ownedBy(chain.admin.address))
      .to.have.property('value')
      .with.lengthOf(1);
  });

  it('finds its contracts again after a reset, and ends up in the database', async () => {
    expect(await setUp('setup.chain_config:before')).to.include({ signal: 'SIGKILL' });
    const status = async () => JSON.parse(await host.run('setup', '--status', '--json'));
    const before = (await status()).steps.contracts.data;

    await host.run('setup', '--config', chain.answersFile, '--reset');
    const state = await status();
    expect(state.steps.contracts.data).to.deep.equal(before);
    const kernel = await boot({ process: 'test', paths: resolvePaths({ BLOCKHOST_ROOT: host.root }) });
    const rows = await (await kernel.get(DATABASE))('setups').select('run_id', 'state');
    await kernel.stop();
    expect(rows.map(({ run_id }) => run_id)).to.deep.equal([state.run_id]);
    expect(JSON.parse(rows[0].state)).to.deep.equal(state);
  });

  it('leaves no secret outside the key files once it is complete', async () => {
    expect(await setUp()).to.include({ code: 0 });
    const answers = JSON.parse(await readFile(chain.answersFile, 'utf8'));
    const secrets = [answers.admin.signature, answers.blockchain.deployer_key].map((text: string) =>
      text.replace(/^0x/, ''),
    );
    await rm(chain.answersFile);

    for (const entry of await readdir(host.root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const content = await readFile(path, 'latin1');
      if (!secrets.some((secret) => content.includes(secret))) continue;
      expect(path).to.match(/etc\/blockhost\/[a-z-]+\.key$/);
      expect((await stat(path)).mode & 0o777, path).to.equal(0o640);
    }
  });
});

describe('the set-up command', () => {
  let host: DemoHost;

  before(async () => {
    host = await DemoHost.create(await mkdtemp(join(tmpdir(), 'blockhost-setup-')));
  });

  after(() => rm(host.root, { recursive: true, force: true }));

  it('names every mistake of the answers in one pass and does nothing', async () => {
    const { writeFile } = await import('node:fs/promises');
    const file = join(host.root, 'answers.yaml');
    await writeFile(file, 'admin: {wallet_address: 7}\nblokchain: {}\n');
    const { code, stderr } = await host.start(['setup', '--config', file]).ended;
    expect(code).to.equal(2);
    expect(stderr)
      .to.include('/admin/wallet_address')
      .and.include('/admin  lacks "signature"')
      .and.include('/blokchain');
    expect(JSON.parse(await host.run('setup', '--status', '--json')).status).to.equal('pending');
  });

  it('tells how to start when there is nothing to resume', async () => {
    const { code, stderr } = await host.start(['setup', '--resume']).ended;
    expect(code).to.equal(2);
    expect(stderr).to.include('blockhost setup --config FILE');
  });
});
