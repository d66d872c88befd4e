import { type ChainEngine, hasCode, isBlockhostError } from '@blockhost/kernel';
import { expect } from 'chai';
import { rpc } from './evm-host.js';
import { FaultyNode } from './faulty-node.js';
import { found, type ReadyHost, readyHost } from './ready-host.js';

describe('an EVM engine whose nodes have faults', function () {
  this.timeout(30_000);
  let host: ReadyHost;
  let node: FaultyNode;
  let other: FaultyNode;

  before(async () => {
    host = await readyHost();
  });
  after(() => host.stop());
  beforeEach(async () => {
    node = await FaultyNode.start(host.devnet.rpcUrl);
    other = await FaultyNode.start(host.devnet.rpcUrl);
  });
  afterEach(async () => {
    await node.stop();
    await other.stop();
  });

  const wholeChain = async (engine: ChainEngine) =>
    engine.blocks.scan(0, found(await engine.blocks.head()).height);

  for (const fault of ['refuse', 'half'] as const)
    it(`goes on with the next node when the first one answers nothing or a part (${fault})`, async () => {
      const engine = await host.engineVia([node.url, other.url]);
      node.fault = fault;
      expect(found(await engine.plans.list())).to.have.length(1);
      expect((await wholeChain(engine)).events).not.to.have.length(0);
    });

  it('answers unknown when every node is down, in a sentence without the URL and its secrets', async () => {
    const url = node.url.replace('http://', 'http://user:pa55word@');
    const engine = await host.engineVia([`${url}/v2/AbCdEf0123456789AbCdEf01?apikey=very-secret`]);
    node.fault = 'refuse';
    const answer = await engine.credentials.get(0n);
    if (answer.kind !== 'unknown') throw new Error(`it is ${answer.kind}`);
    expect(answer.reason).to.include('127.0.0.1');
    const error = await wholeChain(engine).catch((thrown: unknown) => thrown);
    const help = (isBlockhostError(error) ? error.toHelp() : String(error)) + answer.reason;
    for (const secret of ['pa55word', 'AbCdEf', 'very-secret']) expect(help).not.to.include(secret);
  });

  it('believes no node that tells of two moments in one block, and asks another', async () => {
    const alone = await host.engineVia([node.url]);
    const { address } = alone.keys.generate();
    const balanceOf = '0x70a08231';
    node.answer = async ({ method, params }) =>
      method === 'eth_call' && JSON.stringify(params).includes(balanceOf)
        ? { result: `0x${'1'.padStart(64, '0')}` }
        : undefined;
    expect(await alone.credentials.ownedBy(address))
      .to.have.property('reason')
      .that.includes('two moments');
    const engine = await host.engineVia([node.url, other.url]);
    expect(found(await engine.credentials.ownedBy(address))).to.deep.equal([]);
  });

  it('repeats what a node says in one short line that steers no terminal', async () => {
    const engine = await host.engineVia([node.url]);
    const message = `\u001b[2J\u202eall is well\nat http://user:pa55word@node/${'x'.repeat(100_000)}`;
    node.answer = async ({ method }) =>
      method === 'eth_getBlockByNumber' ? { error: { code: -32_000, message } } : undefined;
    const answer = await engine.blocks.head();
    if (answer.kind !== 'unknown') throw new Error(`it is ${answer.kind}`);
    expect(answer.reason)
      .to.include('?[2J?all is well')
      .and.match(/^[\x20-\x7e]{1,400}$/);
  });

  it('gives a hanging node up as soon as the caller wants', async () => {
    const engine = await host.engineVia([node.url]);
    node.fault = 'hang';
    const abort = new AbortController();
    const answer = engine.blocks.head(abort.signal).then(
      () => 'answered',
      (error: Error) => error.name,
    );
    while (node.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    expect(await answer).to.equal('AbortError');
  });

  it('refuses a node of another chain, and uses the right one beside it', async () => {
    node.answer = async ({ method }) => (method === 'eth_chainId' ? { result: '0x1' } : undefined);
    const both = await host.engineVia([node.url, other.url]);
    expect(found(await both.plans.list())).to.have.length(1);
    const alone = await host.engineVia([node.url]);
    const answer = await alone.plans.list();
    expect(answer).to.have.property('kind', 'unknown');
    expect(answer).to.have.property('reason').that.includes('serves chain 1');
    await failsWith('chain.wrong-chain', alone.blocks.scan(0, 0));
    other.answer = node.answer;
    await failsWith('chain.wrong-chain', (await host.engineVia([node.url, other.url])).blocks.scan(0, 0));
    other.fault = 'refuse';
    await failsWith('chain.unreachable', (await host.engineVia([node.url, other.url])).blocks.scan(0, 0));
  });

  it('never takes a node that is behind for the proof that there was no mint', async () => {
    const admin = (await host.devnet.customer('admin')).address;
    const behind = async () => ({ result: '0x1' });
    const engine = await host.engineVia([other.url, node.url]);
    found(await engine.blocks.head());
    other.answer = async ({ method }) => (method === 'eth_blockNumber' ? behind() : undefined);
    expect(found(await engine.credentials.findMints(admin, 0))).to.have.length(1);
    node.answer = other.answer;
    expect(await engine.credentials.findMints(admin, 0)).to.have.property('kind', 'unknown');
  });

  it('never takes a node that is behind for the proof that something is absent', async () => {
    const engine = await host.engineVia([node.url]);
    expect(await engine.credentials.get(999n)).to.deep.equal({ kind: 'absent' });
    found(await engine.blocks.head());
    node.answer = async ({ method }) => (method === 'eth_blockNumber' ? { result: '0x1' } : undefined);
    expect(await engine.credentials.get(999n)).to.have.property('kind', 'unknown');
    expect(await engine.subscriptions.get(999n)).to.have.property('kind', 'unknown');
    expect(found(await engine.credentials.get(0n)).tokenId).to.equal(0n);
  });

  it('scans a block that the first node lacks from one that has it, with its logs', async () => {
    const engine = await host.engineVia([node.url, other.url]);
    const { height } = found(await engine.blocks.head());
    const whole = await engine.blocks.scan(0, height);
    // A node that is behind knows no such block, and answers an empty list for its logs.
    node.answer = async ({ method }) =>
      method === 'eth_getBlockByNumber'
        ? { result: null }
        : method === 'eth_getLogs'
          ? { result: [] }
          : undefined;
    expect(await engine.blocks.scan(0, height)).to.deep.equal(whole);
    expect(found(await engine.blocks.at(height))).to.deep.equal(whole.tip);
    other.answer = node.answer;
    await failsWith('chain.unreachable', engine.blocks.scan(0, height));
  });

  const refusals = [
    { code: -32005, message: 'query returned more than 10000 results' },
    { code: -32000, message: 'exceed maximum block range: 5000' },
    { code: -32600, message: 'You can make eth_getLogs requests with up to a 500 block range.' },
    { code: -32602, message: 'Log response size exceeded.' },
    { code: -32000, message: 'block range is too wide' },
    { code: -32701, message: 'Please specify less than 1000 blocks: range too large' },
  ];
  for (const refusal of refusals)
    it(`knows "${refusal.message}" for a range that is too large`, async () => {
      const engine = await host.engineVia([node.url]);
      node.answer = async ({ method }) => (method === 'eth_getLogs' ? { error: refusal } : undefined);
      await failsWith('chain.range-too-large', wholeChain(engine));
    });

  it('takes every other refusal to read logs for an outage', async () => {
    const engine = await host.engineVia([node.url]);
    node.answer = async ({ method }) =>
      method === 'eth_getLogs' ? { error: { code: -32603, message: 'internal error' } } : undefined;
    await failsWith('chain.unreachable', wholeChain(engine));
  });

  it('finds all mints although the provider reads only a few blocks at once', async () => {
    const admin = (await host.devnet.customer('admin')).address;
    const engine = await host.engineVia([node.url], { deploy_block: 0 });
    let spans = 0;
    node.answer = async ({ method, params }) => {
      if (method !== 'eth_getLogs') return undefined;
      const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
      spans += 1;
      return Number(toBlock) - Number(fromBlock) >= 2
        ? { error: { code: -32005, message: 'block range too large' } }
        : undefined;
    };
    expect(found(await engine.credentials.findMints(admin, 0))).to.have.length(1);
    expect(spans).to.be.greaterThan(3);
  });

  it('does not take an internal error of a node for the absence of a credential', async () => {
    const engine = await host.engineVia([node.url]);
    node.answer = async ({ method }) =>
      method === 'eth_call' ? { error: { code: -32603, message: 'execution reverted' } } : undefined;
    expect(await engine.credentials.get(0n)).to.have.property('kind', 'unknown');
    expect(await engine.subscriptions.get(999n)).to.have.property('kind', 'unknown');
    node.answer = async ({ method }) => (method === 'eth_call' ? { result: '0x' } : undefined);
    expect(await engine.credentials.get(0n)).to.have.property('kind', 'unknown');
  });

  it('drops logs that a node marks as removed and refuses a tip that was replaced meanwhile', async () => {
    const engine = await host.engineVia([node.url]);
    const { height } = found(await engine.blocks.head());
    const logs = await rpc<Record<string, unknown>[]>(host.devnet.rpcUrl, 'eth_getLogs', [
      { fromBlock: '0x0', toBlock: `0x${height.toString(16)}`, address: engine.chain.contracts?.credentials },
    ]);
    node.answer = async ({ method }) =>
      method === 'eth_getLogs' ? { result: logs.map((log) => ({ ...log, removed: true })) } : undefined;
    expect((await engine.blocks.scan(0, height)).events).to.deep.equal([]);
    const tipLog = { ...logs[0], blockNumber: `0x${height.toString(16)}`, blockHash: `0x${'12'.repeat(32)}` };
    node.answer = async ({ method }) => (method === 'eth_getLogs' ? { result: [tipLog] } : undefined);
    await failsWith('chain.unreachable', engine.blocks.scan(0, height));
  });

  it('believes no node that answers logs nobody asked for, and takes them from another one', async () => {
    const engine = await host.engineVia([node.url, other.url]);
    const { height } = found(await engine.blocks.head());
    const [log, ...logs] = await rpc<Record<string, unknown>[]>(host.devnet.rpcUrl, 'eth_getLogs', [
      { fromBlock: '0x0', toBlock: `0x${height.toString(16)}`, address: engine.chain.contracts?.credentials },
    ]);
    const honest = await engine.blocks.scan(1, height);
    const strange: Readonly<Record<string, unknown>> = {
      'of another contract': [{ ...log, address: `0x${'ab'.repeat(20)}` }, ...logs],
      'of a block before': [{ ...log, blockNumber: '0x0' }, ...logs],
      'of a block behind': [{ ...log, blockNumber: `0x${(height + 1).toString(16)}` }, ...logs],
      'of a block beyond counting': [{ ...log, blockNumber: `0x${'f'.repeat(64)}` }],
      'of no block': [{ ...log, blockNumber: null, blockHash: null }],
      'without a transaction': [{ ...log, transactionHash: null }],
      'with an index that is none': [{ ...log, logIndex: 'zero' }],
      'without topics': [{ ...log, topics: null }],
      'with data that are none': [{ ...log, data: 'none' }],
      'which are none': ['log', 7, null],
      'which are no list': { length: 1 },
      nothing: null,
    };
    for (const [what, result] of Object.entries(strange)) {
      let answered = 0;
      node.answer = async ({ method }) => {
        if (method !== 'eth_getLogs') return undefined;
        answered += 1;
        return { result };
      };
      expect(await engine.blocks.scan(1, height), what).to.deep.equal(honest);
      expect(answered, what).to.equal(1);
    }
    const alone = await host.engineVia([node.url]);
    await failsWith('chain.unreachable', alone.blocks.scan(1, height));
  });

  it('takes a block that is none for an outage of its node', async () => {
    const engine = await host.engineVia([node.url, other.url]);
    const { height } = found(await engine.blocks.head());
    const block = await rpc<Record<string, unknown>>(host.devnet.rpcUrl, 'eth_getBlockByNumber', [
      'latest',
      false,
    ]);
    const deep = `${'['.repeat(2_000)}${']'.repeat(2_000)}`;
    const strange: readonly unknown[] = [
      {},
      [],
      'block',
      true,
      JSON.parse(deep),
      { ...block, number: null },
      { ...block, number: `0x${'f'.repeat(64)}` },
      { ...block, hash: null },
      { ...block, hash: '0x12' },
      { ...block, parentHash: 'none' },
      { ...block, timestamp: 'now' },
    ];
    for (const result of strange) {
      node.answer = async ({ method }) => (method === 'eth_getBlockByNumber' ? { result } : undefined);
      expect(found(await engine.blocks.head())).to.include({ height, hash: block.hash });
      expect(found(await engine.blocks.at(height))).to.include({ height, hash: block.hash });
    }
    const alone = await host.engineVia([node.url]);
    expect(await alone.blocks.head()).to.have.property('kind', 'unknown');
  });

  it('takes no receipt that is none for the failure of a transaction', async () => {
    const engine = await host.engineVia([node.url, other.url]);
    const draft = engine.funds.sendNative(engine.keys.generate().address, 1n);
    const signed = await engine.transactions.sign(draft, host.owner);
    await engine.transactions.broadcast(signed);
    const receipt = await rpc<Record<string, unknown>>(host.devnet.rpcUrl, 'eth_getTransactionReceipt', [
      signed.hash,
    ]);
    const strange: readonly unknown[] = [
      {},
      [],
      'receipt',
      { ...receipt, status: null },
      { ...receipt, status: '0x2' },
      { ...receipt, blockNumber: null },
      { ...receipt, blockHash: null },
      { ...receipt, transactionHash: `0x${'12'.repeat(32)}`, status: '0x0' },
      { ...receipt, logs: null },
    ];
    for (const result of strange) {
      node.answer = async ({ method }) => (method === 'eth_getTransactionReceipt' ? { result } : undefined);
      const seen = await engine.transactions.lookup(signed);
      expect(seen, JSON.stringify(result)).to.include({ state: 'mined', success: true });
    }
    const alone = await host.engineVia([node.url]);
    expect(await alone.transactions.lookup(signed)).to.have.property('state', 'unknown');
  });

  it('calls no transaction lost or waiting that a node has in a block without a receipt', async () => {
    const engine = await host.engineVia([node.url]);
    const draft = engine.funds.sendNative(engine.keys.generate().address, 1n);
    const signed = await engine.transactions.sign(draft, host.owner);
    await engine.transactions.broadcast(signed);
    await rpc(host.devnet.rpcUrl, 'anvil_mine', ['0x10']);
    node.answer = async ({ method }) =>
      method === 'eth_getTransactionReceipt' ? { result: null } : undefined;
    expect(await engine.transactions.lookup(signed)).to.have.property('state', 'unknown');
    // Nor one that it has lost every index of.
    node.answer = async ({ method, params }) =>
      /^eth_getTransaction/.test(method) && params[0] === signed.hash ? { result: null } : undefined;
    expect(await engine.transactions.lookup(signed)).to.have.property('state', 'unknown');
    const never = { ...signed, hash: `0x${'12'.repeat(32)}` as const };
    expect(await engine.transactions.lookup(never)).to.deep.equal({ state: 'superseded' });
    // A node that knows the state of young blocks only must not keep money waiting for ever.
    const oldest = found(await engine.blocks.head()).height - 5;
    node.answer = async ({ method, params }) =>
      method === 'eth_getTransactionCount' && Number(params[1]) < oldest
        ? { error: { code: -32_000, message: 'missing trie node 12ab (path )' } }
        : undefined;
    expect(await engine.transactions.lookup(never)).to.deep.equal({ state: 'superseded' });
  });

  it('takes no mint of somebody else for the one it looks for', async () => {
    const { credentials } = await host.engineVia([node.url]);
    const range = { fromBlock: '0x0', toBlock: 'latest' };
    const logs = await rpc<unknown[]>(host.devnet.rpcUrl, 'eth_getLogs', [range]);
    // A node that does not look at the filter.
    node.answer = async ({ method }) => (method === 'eth_getLogs' ? { result: logs } : undefined);
    const admin = (await host.devnet.customer('admin')).address;
    expect(found(await credentials.findMints(admin, 0))).to.have.length(1);
    const none = await credentials.findMints(host.owner.address, 0);
    expect(none.kind === 'present' ? none.value : []).to.deep.equal([]);
  });

  it('ends an answer that does not end by itself, and asks another node', async () => {
    const engine = await host.engineVia([node.url, other.url]);
    const { height } = found(await engine.blocks.head());
    node.answer = async ({ method }) =>
      method === 'eth_getBlockByNumber' ? { result: 'x'.repeat(64 * 1024 * 1024) } : undefined;
    expect(found(await engine.blocks.head())).to.include({ height });
  });
});

async function failsWith(code: string, answer: Promise<unknown>): Promise<void> {
  const error = await answer.then(
    () => new Error('it was answered'),
    (thrown: unknown) => thrown,
  );
  if (!hasCode(error, code)) throw error;
}
