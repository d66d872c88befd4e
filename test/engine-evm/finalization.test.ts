import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHAIN_ENGINE, type ChainEngine, hasCode, type Presence, settleFailpoints } from '@blockhost/kernel';
import { expect } from 'chai';
import { parse } from 'yaml';
import { bootAt, type EvmHost, rpc, startHost } from './evm-host.js';
import { runSteps, type SetUpAnswers } from './steps.js';

const publicSecret = 'blockhost-access@test';
const steps = ['keypair', 'wallet', 'contracts', 'chain_config', 'mint_nft', 'plan', 'revenue_share'];

describe('setting a host up on an EVM chain', function () {
  this.timeout(60_000);
  let host: EvmHost;
  let answers: SetUpAnswers;
  let snapshot: string;

  before(async () => {
    host = await startHost();
    const admin = await host.devnet.customer('admin');
    const { deployer_key, ...blockchain } = host.devnet.answers;
    answers = {
      blockchain,
      admin: { wallet_address: admin.address, public_secret: publicSecret },
      secrets: { deployer_key: String(deployer_key), 'admin.signature': await admin.sign(publicSecret) },
    };
  });
  after(() => host.stop());

  beforeEach(async () => {
    snapshot = await rpc<string>(host.devnet.rpcUrl, 'evm_snapshot');
  });
  afterEach(async () => {
    await rpc(host.devnet.rpcUrl, 'evm_revert', [snapshot]);
    await rm(join(host.root, 'etc/blockhost'), { recursive: true });
    await rm(join(host.root, 'opt'), { recursive: true, force: true });
    await rm(join(host.root, 'progress.json'), { force: true });
  });

  const file = (name: string) => readFile(join(host.root, 'etc/blockhost', name), 'utf8');
  const deployerTransactions = async () => {
    const { data } = (await runSteps(host.kernel, host.root, answers, ['wallet'])).wallet ?? {};
    return Number(
      await rpc<string>(host.devnet.rpcUrl, 'eth_getTransactionCount', [data?.address, 'latest']),
    );
  };

  it('ends with keys, contracts, a credential that the administrator opens, and a plan', async () => {
    const done = await runSteps(host.kernel, host.root, answers);
    expect(Object.keys(done)).to.deep.equal(steps);
    await withEngine(host.root, async (engine) => {
      const admin = await host.devnet.customer('admin');
      const credential = found(await engine.credentials.get(BigInt(done.mint_nft?.data?.token_id ?? '')));
      expect(credential.owner).to.equal(admin.address);
      expect(JSON.parse(await admin.open(credential.userData, publicSecret))).to.include({
        port: 22,
        username: 'admin',
      });
      expect(found(await engine.plans.list())).to.deep.equal([
        { id: 1n, name: 'Basic VM', priceCentsPerDay: 50n, active: true },
      ]);
      expect(found(await engine.plans.stablecoin())).to.equal(host.devnet.answers.stablecoin);
    });
    expect(JSON.parse(await file('addressbook.json'))).to.deep.equal({
      admin: { address: answers.admin.wallet_address },
      server: { address: done.wallet?.data?.address, keyfile: '/etc/blockhost/deployer.key' },
    });
    expect(JSON.parse(await file('revenue-share.json'))).to.include({ enabled: false });
  });

  it('writes each file with its mode, and no key where others can read it', async () => {
    await runSteps(host.kernel, host.root, answers);
    const modes: Record<string, string> = {};
    for (const name of await readdir(join(host.root, 'etc/blockhost')))
      if (!name.includes('.lock'))
        modes[name] = ((await stat(join(host.root, 'etc/blockhost', name))).mode & 0o777).toString(8);
    expect(modes).to.deep.equal({
      'addressbook.json': '640',
      'admin-signature.key': '640',
      'blockhost.yaml': '640',
      'deployer.key': '640',
      'revenue-share.json': '640',
      'server.key': '640',
      'server.pubkey': '644',
      'web3-defaults.yaml': '640',
    });
    expect((await stat(join(host.root, 'opt/blockhost/.env'))).mode & 0o777).to.equal(0o640);
    const environment = await readFile(join(host.root, 'opt/blockhost/.env'), 'utf8');
    expect(environment).to.match(
      /^RPC_URL=http.*\nBLOCKHOST_CONTRACT=0x.*\nNFT_CONTRACT=0x.*\nDEPLOYER_KEY_FILE=\/etc/,
    );
    const secret = answers.secrets.deployer_key ?? 'missing';
    for (const name of ['web3-defaults.yaml', 'blockhost.yaml', 'addressbook.json'])
      expect(await file(name)).not.to.include(secret);
    expect(await readFile(join(host.root, 'progress.json'), 'utf8')).not.to.include(secret);
  });

  it('changes nothing when every step runs a second time', async () => {
    const first = await runSteps(host.kernel, host.root, answers);
    const sent = await deployerTransactions();
    const files = await contents(host.root);
    expect(await runSteps(host.kernel, host.root, answers)).to.deep.equal(first);
    expect(await deployerTransactions()).to.equal(sent);
    expect(await contents(host.root)).to.deep.equal(files);
  });

  it('finds everything again after its journal was lost', async () => {
    const first = await runSteps(host.kernel, host.root, answers);
    const sent = await deployerTransactions();
    await rm(join(host.root, 'progress.json'));
    expect(await runSteps(host.kernel, host.root, answers)).to.deep.equal(first);
    expect(await deployerTransactions()).to.equal(sent);
  });

  it('keeps what others wrote into the shared files', async () => {
    const folder = join(host.root, 'etc/blockhost');
    await runSteps(host.kernel, host.root, answers, ['keypair']);
    await writeFile(
      join(folder, 'blockhost.yaml'),
      'fund_manager: { hot_target: 5 }\nadmin: { max_command_age: 60 }\n',
    );
    await writeFile(
      join(folder, 'addressbook.json'),
      '{"friend":{"address":"0x5c33fd89787e3fb46289ff776bd42386A16c0307"}}',
    );
    await runSteps(host.kernel, host.root, answers);
    const yaml = parse(await file('blockhost.yaml'));
    expect(yaml.fund_manager).to.deep.equal({ hot_target: 5 });
    expect(yaml.admin).to.include({ max_command_age: 60, destination_mode: 'self', credential_nft_id: 0 });
    expect(Object.keys(JSON.parse(await file('addressbook.json')))).to.have.members([
      'admin',
      'friend',
      'server',
    ]);
  });

  it("writes the market it was told of into the chain's settings", async () => {
    const { stablecoin } = host.devnet.answers;
    const other = (await host.devnet.customer('market')).address;
    const uniswap_v2 = { router: other, weth: other, usdc: stablecoin, usdc_weth_pair: other };
    await runSteps(host.kernel, host.root, {
      ...answers,
      blockchain: { ...answers.blockchain, uniswap_v2 },
    });
    expect(parse(await file('web3-defaults.yaml')).blockchain.uniswap_v2).to.deep.equal(uniswap_v2);
  });

  it('takes over existing contracts, and refuses those of somebody else', async () => {
    const { contracts } = await runSteps(host.kernel, host.root, answers);
    const existing: SetUpAnswers = {
      ...answers,
      blockchain: {
        ...answers.blockchain,
        contract_mode: 'existing',
        nft_contract: contracts?.data?.nft_contract,
        subscription_contract: contracts?.data?.subscription_contract,
      },
    };
    await rm(join(host.root, 'progress.json'));
    const again = await runSteps(host.kernel, host.root, existing, ['wallet', 'contracts']);
    expect(again.contracts?.data?.nft_contract).to.equal(contracts?.data?.nft_contract);

    await rm(join(host.root, 'etc/blockhost/deployer.key'));
    const stranger = { ...existing, secrets: { ...existing.secrets, deployer_key: '11'.repeat(32) } };
    await failsWith('setup.foreign-contract', () =>
      runSteps(host.kernel, host.root, stranger, ['wallet', 'contracts']),
    );
    const wrong = {
      ...existing,
      blockchain: { ...existing.blockchain, nft_contract: answers.admin.wallet_address },
    };
    await failsWith('setup.no-contract', () =>
      runSteps(host.kernel, host.root, wrong, ['wallet', 'contracts']),
    );
  });

  it('keeps a replaced deployer key as a backup', async () => {
    await runSteps(host.kernel, host.root, answers, ['wallet']);
    const other = { ...answers, secrets: { ...answers.secrets, deployer_key: '11'.repeat(32) } };
    await runSteps(host.kernel, host.root, other, ['wallet']);
    const [backup = 'none'] = (await readdir(join(host.root, 'etc/blockhost'))).filter((name) =>
      name.includes('.bak-'),
    );
    expect((await file(backup)).trim()).to.equal(answers.secrets.deployer_key);
    expect((await file('deployer.key')).trim()).to.equal('11'.repeat(32));
  });

  it('makes a wallet of its own when asked, says where to send coins, and goes on once they are there', async () => {
    const { 'admin.signature': signature = '' } = answers.secrets;
    const generate: SetUpAnswers = {
      ...answers,
      blockchain: { ...answers.blockchain, wallet_mode: 'generate' },
      secrets: { 'admin.signature': signature },
    };
    const { wallet } = await runSteps(host.kernel, host.root, generate, ['keypair', 'wallet']);
    const address = wallet?.data?.address ?? '';
    const error = await failsWith('chain.insufficient-funds', () =>
      runSteps(host.kernel, host.root, generate),
    );
    expect((error as { facts?: unknown }).facts).to.include({ wallet: address });
    await rpc(host.devnet.rpcUrl, 'anvil_setBalance', [address, '0x8ac7230489e80000']);
    const done = await runSteps(host.kernel, host.root, generate);
    expect(done.wallet?.data?.address).to.equal(address);
    expect(done.plan?.status).to.equal('completed');
  });

  it('refuses a signature of another wallet before anything is paid', async () => {
    const stranger = await host.devnet.customer('stranger');
    const signature = await stranger.sign(publicSecret);
    const wrong = { ...answers, secrets: { ...answers.secrets, 'admin.signature': signature } };
    const sent = await deployerTransactions();
    await failsWith('setup.wrong-signature', () => runSteps(host.kernel, host.root, wrong));
    expect(await deployerTransactions()).to.equal(sent);
  });

  it('refuses key files that do not belong together, and overwrites neither', async () => {
    await runSteps(host.kernel, host.root, answers, ['keypair']);
    const folder = join(host.root, 'etc/blockhost');
    await cp(join(folder, 'server.key'), join(folder, 'kept'));
    await writeFile(join(folder, 'server.key'), '22'.repeat(32));
    await failsWith('setup.key-mismatch', () => runSteps(host.kernel, host.root, answers, ['keypair']));
    expect(await file('server.key')).to.equal('22'.repeat(32));
    await rm(join(folder, 'server.key'));
    await failsWith('setup.key-mismatch', () => runSteps(host.kernel, host.root, answers, ['keypair']));
    await cp(join(folder, 'kept'), join(folder, 'server.key'));
    await rm(join(folder, 'server.pubkey'));
    await runSteps(host.kernel, host.root, answers, ['keypair']);
    expect(await file('server.pubkey')).to.match(/^0x04[0-9a-f]{128}\n?$/);
  });

  it('shares the revenue with whom it knows, and leaves out a broker that never gave a wallet', async () => {
    const sharing = {
      revenue_share_enabled: true,
      revenue_share_percent: 2.5,
      revenue_share_dev: true,
      revenue_share_broker: true,
    };
    await runSteps(host.kernel, host.root, { ...answers, blockchain: { ...answers.blockchain, ...sharing } });
    expect(JSON.parse(await file('revenue-share.json'))).to.deep.equal({
      enabled: true,
      total_percent: 2.5,
      recipients: [{ role: 'dev', percent: 2.5 }],
    });
    expect(Object.keys(JSON.parse(await file('addressbook.json')))).to.have.members([
      'admin',
      'dev',
      'server',
    ]);
  });

  it('gives the credential new details when the host has got a name, and mints no second one', async () => {
    const first = await runSteps(host.kernel, host.root, answers);
    const https = { hostname: 'host.example.org', tls_mode: 'letsencrypt', ipv6_address: '2001:db8::1' };
    await writeFile(join(host.root, 'etc/blockhost/https.json'), JSON.stringify(https));
    const second = await runSteps(host.kernel, host.root, answers, ['mint_nft']);
    expect(second.mint_nft?.data).to.deep.equal(first.mint_nft?.data);
    await withEngine(host.root, async (engine) => {
      const admin = await host.devnet.customer('admin');
      const { userData } = found(await engine.credentials.get(0n));
      expect(await admin.open(userData, publicSecret)).to.equal(
        '{"hostname":"2001:db8::1","port":22,"username":"admin"}',
      );
      expect(found(await engine.credentials.supply())).to.equal(1n);
    });
  });

  it('asks which credential is meant when the administrator has several', async () => {
    await runSteps(host.kernel, host.root, answers);
    await withEngine(host.root, async (engine) => {
      const owner = engine.keys.parse(answers.secrets.deployer_key ?? '');
      const draft = engine.credentials.mint(answers.admin.wallet_address, '0x');
      await engine.transactions.broadcast(await engine.transactions.sign(draft, owner));
      while (found(await engine.credentials.supply()) < 2n)
        await new Promise((resolve) => setTimeout(resolve, 10));
    });
    await rm(join(host.root, 'progress.json'));
    await rm(join(host.root, 'etc/blockhost/blockhost.yaml'));
    await failsWith('setup.several-credentials', () => runSteps(host.kernel, host.root, answers));
    const chosen = { ...answers, blockchain: { ...answers.blockchain, admin_credential_id: 1 } };
    const { mint_nft } = await runSteps(host.kernel, host.root, chosen);
    expect(mint_nft?.data?.token_id).to.equal('1');
  });

  it('says that no node answers, and spends nothing, when the RPC node is down', async () => {
    const sent = await deployerTransactions();
    const dead = { ...answers, blockchain: { ...answers.blockchain, rpc_url: 'http://127.0.0.1:9/' } };
    const error = await failsWith('chain.unreachable', () => runSteps(host.kernel, host.root, dead));
    expect(String(error)).to.include('127.0.0.1:9');
    expect(await deployerTransactions()).to.equal(sent);
  });

  it('stops with a clear error on a node of another chain', async () => {
    const wrong = { ...answers, blockchain: { ...answers.blockchain, chain_id: 1337 } };
    await failsWith('chain.wrong-chain', () => runSteps(host.kernel, host.root, wrong));
  });

  for (const failpoint of settleFailpoints)
    it(`ends with one of everything after being killed at ${failpoint} of every transaction`, async function () {
      this.timeout(120_000);
      const undisturbed = 5;
      const before = await deployerTransactions();
      const input = join(host.root, 'answers.json');
      await writeFile(input, JSON.stringify(answers), { mode: 0o600 });
      // Each run is killed a pass later than the one before, until one comes to its end.
      let kills = 0;
      while ((await setUpProcess(host.root, input, `${failpoint}#${kills + 1}`)) === 'SIGKILL') kills += 1;
      expect(kills, 'number of kills').to.be.at.least(2);
      await withEngine(host.root, async (engine) => {
        expect(await deployerTransactions()).to.equal(before + undisturbed);
        expect(found(await engine.credentials.supply())).to.equal(1n);
        expect(found(await engine.plans.list())).to.have.length(1);
      });
    });
});

/** The engine as the host's programs get it, from the files that the set-up wrote. */
async function withEngine(root: string, use: (engine: ChainEngine) => Promise<void>): Promise<void> {
  const kernel = await bootAt(root);
  try {
    await use(await kernel.get(CHAIN_ENGINE));
  } finally {
    await kernel.stop();
  }
}

/** Runs the whole set-up in a process of its own; answers the signal that ended it, null after success. */
async function setUpProcess(root: string, answersFile: string, failpoint: string): Promise<string | null> {
  const script = fileURLToPath(new URL('./killable-set-up.js', import.meta.url));
  const child = spawn(process.execPath, [script, root, answersFile], {
    env: { ...process.env, BLOCKHOST_FAILPOINT: failpoint },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (code !== null && code !== 0) throw new Error(`the set-up ended with exit code ${code}`);
  return signal;
}

function found<T>(answer: Presence<T>): T {
  if (answer.kind !== 'present') throw new Error(`it is ${answer.kind}`);
  return answer.value;
}

async function failsWith(code: string, act: () => Promise<unknown>): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    if (hasCode(error, code)) return error;
    throw error;
  }
  throw new Error(`it did not fail with ${code}`);
}

async function contents(root: string): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const name of await readdir(join(root, 'etc/blockhost')))
    all[name] = await readFile(join(root, 'etc/blockhost', name), 'utf8');
  return all;
}
