import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHostConfig } from '@blockhost/kernel';
import { encodeHex, generatePrivateKey, publicKeyOf } from '@blockhost/kernel/crypto';
import { BLOCKHOST_YAML, WEB3_DEFAULTS_YAML } from '@blockhost/kernel/host-files';
import { expect } from 'chai';
import { DemoHost } from '../demo/host.js';
import { until } from '../demo/until.js';

const IDS =
  'btn-connect btn-sign btn-purchase wallet-address plan-select days-input total-cost status-message step-connect step-sign step-purchase step-servers server-list';
const template = `<!doctype html><title>{{PAGE_TITLE}}</title><style>b{color:{{PRIMARY_COLOR}}}</style>
${IDS.split(' ')
  .map((id) => `<b id="${id}"></b>`)
  .join('\n')}<p data-needs="USDC_ADDRESS">{{USDC_ADDRESS}}</p>`;
const contract = (digit: string) => `0x${digit.repeat(40)}`;

describe('the generator of the signup page', function () {
  this.timeout(20_000);
  let host: DemoHost;
  let folder: string;
  const serverPublicKey = encodeHex(publicKeyOf(generatePrivateKey()));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'blockhost-signup-'));
    host = await DemoHost.create(join(folder, 'host'), ['engine-evm', 'hosting', 'provisioner-sandbox']);
    await writeFile(share('signup-template.html'), template);
    await writeFile(share('signup-engine.js'), 'document.title = CONFIG.engineName;');
    await configure({}, {});
  });
  afterEach(async () => {
    await host.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const share = (name: string) => join(host.root, 'usr/share/blockhost', name);
  const output = () => join(folder, 'signup.html');
  const generate = (...flags: string[]) =>
    host.start(['signup', 'generate', '--output', output(), ...flags]).ended;

  async function configure(blockhost: object, chain: object): Promise<void> {
    const config = createHostConfig({
      paths: {
        root: host.root,
        config: join(host.root, 'etc/blockhost'),
        state: '',
        run: '',
        share: '',
        resolve: (path) => join(host.root, path),
      },
    });
    // Writing merges into what is there.
    await rm(join(host.root, 'etc/blockhost/blockhost.yaml'), { force: true });
    await config.write(BLOCKHOST_YAML, { server_public_key: serverPublicKey, ...blockhost });
    await config.write(WEB3_DEFAULTS_YAML, {
      blockchain: {
        chain_id: 31_337,
        rpc_url: 'http://127.0.0.1:8545',
        nft_contract: contract('1'),
        subscription_contract: contract('2'),
        deploy_block: 1,
        ...chain,
      },
    });
  }

  it('writes the same page when it is called twice, also at the same moment', async () => {
    expect(await generate()).to.include({ code: 0 });
    const once = await readFile(output(), 'utf8');
    for (const { code, stderr } of [await generate(), ...(await Promise.all([generate(), generate()]))])
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(await readFile(output(), 'utf8')).to.equal(once);
  });

  it('writes a page that everybody may read and prints its path', async () => {
    const { code, stdout, stderr } = await generate();
    expect({ code, stdout, stderr }).to.deep.equal({ code: 0, stdout: `${output()}\n`, stderr: '' });
    expect((await stat(output())).mode & 0o777).to.equal(0o644);
    const page = await readFile(output(), 'utf8');
    expect(page).to.include('<title>Blockhost - Get Your Server</title>').and.to.include('b{color:#627EEA}');
    expect(page).to.include(`"serverPublicKey":"${serverPublicKey}"`).and.to.include('"chainId":31337');
    expect(page).not.to.include('data-needs="USDC_ADDRESS"');
  });

  it('writes the public node in place of the host’s own', async () => {
    await configure(
      { primary_color: '#123' },
      { public_rpc_url: 'https://public.example/', usdc_address: contract('3') },
    );
    expect((await generate()).code).to.equal(0);
    const page = await readFile(output(), 'utf8');
    expect(page).to.include('https://public.example/').and.not.to.include('127.0.0.1');
    expect(page)
      .to.include('b{color:#123}')
      .and.to.include(`"usdcAddress":"${contract('3')}"`);
  });

  for (const [what, blockhost, chain, complaint] of [
    ['an empty server key', { server_public_key: undefined }, {}, 'server_public_key is empty'],
    [
      'a server key that is no point',
      { server_public_key: `0x04${'0'.repeat(128)}` },
      {},
      'no uncompressed public key',
    ],
    ['a colour that is a program', { primary_color: 'red}body{x:url(//e)' }, {}, 'primary_color is'],
    [
      'a password in the node’s address',
      {},
      { rpc_url: 'https://u:hunter2@node.example' },
      'user or password',
    ],
    [
      'a contract with a wrong checksum',
      {},
      { nft_contract: `0x${'aB'.repeat(20)}` },
      'blockchain.nft_contract',
    ],
  ] as const)
    it(`refuses ${what} and writes nothing`, async () => {
      await configure(blockhost, chain);
      const { code, stdout, stderr } = await generate();
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.include(complaint).and.not.to.include('hunter2');
      expect(await stat(output()).catch(() => null)).to.equal(null);
    });

  it('names the missing template, script or ids', async () => {
    await writeFile(share('signup-template.html'), template.replace('id="btn-sign"', ''));
    expect((await generate()).stderr).to.include('it lacks the id btn-sign');
    await rm(share('signup-engine.js'));
    expect((await generate()).stderr).to.include('signup-engine.js');
    await rm(share('signup-template.html'));
    expect(await generate()).to.include({ code: 1, stdout: '' });
  });

  it('takes the script that lies beside a template of one’s own', async () => {
    const own = join(folder, 'own');
    await mkdir(own);
    await writeFile(join(own, 'page.html'), template);
    await writeFile(join(own, 'signup-engine.js'), 'document.title = "mine";');
    expect((await generate('--template', join(own, 'page.html'))).code).to.equal(0);
    expect(await readFile(output(), 'utf8')).to.include('document.title = "mine";');
  });

  it('serves the page and nothing else until it is interrupted', async () => {
    let url = '';
    const { child, ended } = host.start(['signup', 'generate', '--output', output(), '--serve', '0'], {
      onLine: (line) => {
        url ||= /http:\S+/.exec(line)?.[0] ?? '';
      },
    });
    await until('the page to be served', 10_000, async () => url || null);
    const answer = await fetch(url);
    expect(await answer.text()).to.equal(await readFile(output(), 'utf8'));
    expect(answer.headers.get('content-security-policy')).to.include(`default-src 'none'`);
    expect((await fetch(`${url}etc/passwd`)).status).to.equal(404);
    expect((await fetch(url, { method: 'POST' })).status).to.equal(405);
    child.kill('SIGINT');
    expect((await ended).stdout).to.equal(`${output()}\n`);
  });
});
