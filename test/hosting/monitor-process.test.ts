import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { DemoHost } from '../demo/host.js';
import { type ReadyHost, setUp } from '../demo/main-job.js';
import { until } from '../demo/until.js';
import { FaultyNode } from '../engine-evm/faulty-node.js';

describe('the monitor as a process', function () {
  this.timeout(60_000);
  let ready: ReadyHost;
  let node: FaultyNode;
  let chainFile: string;
  let asSetUp: string;

  before(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'blockhost-monitor-'));
    ready = await setUp(await DemoHost.create(folder), () => {});
    node = await FaultyNode.start(ready.devnet.rpcUrl);
    chainFile = join(folder, 'etc/blockhost/web3-defaults.yaml');
    asSetUp = await readFile(chainFile, 'utf8');
  });
  after(async () => {
    await node.stop();
    await ready.host.stop();
    await ready.stop();
    await rm(ready.host.root, { recursive: true, force: true });
  });
  beforeEach(async () => {
    node.fault = 'none';
    node.answer = async () => undefined;
    await configure({});
  });

  /** The chain is seen through the faulty node. */
  const configure = async (changes: Readonly<Record<string, unknown>>) => {
    const file = parse(asSetUp);
    const blockchain = { ...file.blockchain, rpc_url: node.url, ...changes };
    await writeFile(chainFile, stringify({ ...file, blockchain }));
  };
  const start = () => {
    const lines: string[] = [];
    const monitor = ready.host.start(['daemon', 'monitor'], { onLine: (line) => lines.push(line) });
    const says = (text: string) =>
      until(`"${text}"`, 20_000, async () => (lines.some((line) => line.includes(text)) ? true : null));
    return { ...monitor, lines, says };
  };
  const pidFile = () => readFile(join(ready.host.root, 'run/blockhost/monitor.pid'), 'utf8');

  it('lives once when two are started at the same moment, and ends with 0 when told to', async () => {
    const both = [start(), start()];
    const loser = await Promise.race(both.map(async (each) => ({ each, ended: await each.ended })));
    expect(loser.ended.code).to.equal(1);
    expect(loser.ended.stderr).to.include('already running');
    const winner = both.find((each) => each !== loser.each);
    if (!winner) throw new Error('both have ended');
    await winner.says('daemon ready');
    expect((await pidFile()).trim()).to.match(/^\d+$/);
    winner.child.kill('SIGTERM');
    expect(await winner.ended).to.include({ code: 0 });
    expect(await pidFile().catch(() => 'gone')).to.equal('gone');
  });

  it('is not kept from its work by the file of a killed one whose number another process has', async () => {
    const killed = start();
    await killed.says('daemon ready');
    const pid = Number(await pidFile());
    process.kill(pid, 'SIGKILL');
    await killed.ended;
    await writeFile(join(ready.host.root, 'run/blockhost/monitor.pid'), `${process.pid}\n`);
    const next = start();
    await next.says('daemon ready');
    expect(Number(await pidFile())).not.to.equal(process.pid);
    next.child.kill('SIGINT');
    expect(await next.ended).to.include({ code: 0 });
  });

  it('says what it watches, without what a URL may hide', async () => {
    const monitor = start();
    await monitor.says('watching');
    const line = monitor.lines.find((each) => each.includes('watching')) ?? '';
    expect(line).to.include(ready.engine.chain.contracts?.subscriptions);
    for (const word of ['reconcile', 'fund-cycle', 'gas-check', 'admin-commands'])
      expect(line).to.include(word);
    expect(monitor.lines.join('\n')).not.to.include(node.url);
    monitor.child.kill('SIGTERM');
    await monitor.ended;
  });

  it('ends with 1 on another chain than the configured one', async () => {
    node.answer = async ({ method }) => (method === 'eth_chainId' ? { result: '0x1' } : undefined);
    const { code, stderr } = await start().ended;
    expect(code).to.equal(1);
    expect(stderr).to.include('serves chain 1');
  });

  it('ends with 1 where the contract is not, and says which', async () => {
    const nowhere = '0x00000000000000000000000000000000000000AA';
    await configure({ subscription_contract: nowhere });
    const { code, stderr } = await start().ended;
    expect(code).to.equal(1);
    expect(stderr).to.include('no subscription contract at').and.to.include(nowhere);
  });

  it('waits for a chain that is away at the start, and goes on when it is back', async () => {
    node.fault = 'refuse';
    const monitor = start();
    await monitor.says('the chain cannot be read');
    expect(monitor.child.exitCode).to.equal(null);
    node.fault = 'none';
    await monitor.says('succeeds again');
    monitor.child.kill('SIGTERM');
    expect(await monitor.ended).to.include({ code: 0 });
  });
});
