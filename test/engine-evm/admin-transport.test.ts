import type { AdminEnvelope, AdminOrder, AdminTransport, ChainEngine } from '@blockhost/kernel';
import {
  encodeHex,
  generatePrivateKey,
  parsePrivateKey,
  privateKeyText,
  publicKeyOf,
  sealTextTo,
} from '@blockhost/kernel/crypto';
import { expect } from 'chai';
import { toHex } from 'viem';
import { rpc } from './evm-host.js';
import { FaultyNode } from './faulty-node.js';
import { found, type ReadyHost, readyHost } from './ready-host.js';
import { sendRaw } from './send-raw.js';

const serverKey = privateKeyText(generatePrivateKey());
const recipient = publicKeyOf(parsePrivateKey(serverKey));
const sound = {
  command: 'open',
  params: { ports: [22] },
  nonce: '5f0c1a2b-0000-4000-8000-000000000001',
  timestamp: 1_759_999_990,
};

describe("orders of an EVM chain's administrator", function () {
  this.timeout(30_000);
  let host: ReadyHost;
  let node: FaultyNode;
  let engine: ChainEngine;
  let transport: AdminTransport;
  let key: string;
  let envelope: AdminEnvelope;

  before(async () => {
    host = await readyHost();
  });
  after(() => host.stop());
  beforeEach(async () => {
    node = await FaultyNode.start(host.devnet.rpcUrl);
    const capable = await host.engineVia([node.url]);
    if (!capable.adminCommands) throw new Error('the capability is declared');
    engine = capable;
    transport = capable.adminCommands;
    const { text, address } = engine.keys.generate();
    key = text;
    await rpc(host.devnet.rpcUrl, 'anvil_setBalance', [address, toHex(10n ** 20n)]);
    envelope = { wallet: address, destination: 'any', serverKey, sharedKey: null };
  });
  afterEach(() => node.stop());

  const height = async () => found(await engine.blocks.head()).height;
  const send = (data: string, to: string | null = envelope.wallet, gas?: bigint) =>
    sendRaw(host.devnet.rpcUrl, { key, to, data, ...(gas === undefined ? {} : { gas }) });
  const seal = (text: string) => sealTextTo(recipient, text);

  /** What the scan finds in the blocks that `act` makes. */
  async function ordersAfter(act: () => Promise<unknown>, change: Partial<AdminEnvelope> = {}) {
    const from = (await height()) + 1;
    await act();
    return transport.scan(from, await height(), { ...envelope, ...change });
  }
  const commands = (orders: readonly AdminOrder[]) => orders.map(({ command }) => command);

  it('reads what the page of an administrator sends', async () => {
    const [order] = await ordersAfter(() => send(seal(JSON.stringify(sound))));
    expect(order).to.deep.include({
      command: 'open',
      parameters: { ports: [22] },
      nonce: sound.nonce,
      freshness: { timestamp: sound.timestamp },
    });
  });

  const json = JSON.stringify(sound);
  const hostile: Readonly<Record<string, () => string>> = {
    'no data': () => '0x',
    'four bytes': () => '0x01020304',
    'five bytes': () => '0x0102030405',
    'a byte less than the smallest message': () => `0x04${'00'.repeat(91)}`,
    'a point that is not on the curve': () => `0x04${'ff'.repeat(64)}${'00'.repeat(40)}`,
    'more than 8 KiB that would open': () =>
      seal(json.replace('"open"', `"open","x":"${'y'.repeat(8_200)}"`)),
    'an order for another server': () => sealTextTo(publicKeyOf(generatePrivateKey()), json),
    'a message that was tampered with': () =>
      seal(json).replace(/.$/, (digit) => (digit === '0' ? '1' : '0')),
    'a message with something behind it': () => `${seal(json)}00`,
    'no JSON': () => seal('open sesame'),
    'deep JSON': () => seal(`${'['.repeat(3_000)}${']'.repeat(3_000)}`),
    'a nonce twice': () => seal(json.replace('"nonce"', '"nonce":"5f0c1a2b","nonce"')),
    'a prototype': () => seal(json.replace('"params":{', '"params":{"__proto__":{"x":1},')),
    'a huge number': () => seal(json.replace('[22]', '[1e400]')),
    'a timestamp beyond 2^53': () => seal(json.replace('1759999990', '17599999900000000001')),
    'text that is no UTF-8': () => encodeHex(Uint8Array.of(4, 0xff, 0xfe, 1, 2, 3)),
  };
  it('passes over whatever is no order, and finds the one behind it', async () => {
    const orders = await ordersAfter(async () => {
      for (const data of Object.values(hostile)) await send(data());
      await send(seal(JSON.stringify({ ...sound, command: 'last' })));
    });
    expect(commands(orders)).to.deep.equal(['last']);
  });
  for (const [what, data] of Object.entries(hostile))
    it(`takes ${what} for no order`, async () => {
      expect(await ordersAfter(() => send(data()))).to.deep.equal([]);
    });

  it('takes data of exactly 8 KiB', async () => {
    const padding = 8_192 - (seal(JSON.stringify({ ...sound, x: '' })).length - 2) / 2;
    const data = seal(JSON.stringify({ ...sound, x: 'y'.repeat(padding) }));
    expect((data.length - 2) / 2).to.equal(8_192);
    expect(commands(await ordersAfter(() => send(data)))).to.deep.equal(['open']);
    const longer = seal(JSON.stringify({ ...sound, x: 'y'.repeat(padding + 1) }));
    expect(await ordersAfter(() => send(longer))).to.deep.equal([]);
  });

  it('passes over a transaction that failed, and one that creates a contract', async () => {
    const contract = engine.chain.contracts?.subscriptions ?? '';
    const failed = () => send(seal(json), contract, 1_000_000n);
    expect(await ordersAfter(failed)).to.deep.equal([]);
    // As if it had not failed: the address alone is no reason to refuse it.
    node.answer = async (request, ask) => {
      const answer = await ask(request);
      return request.method === 'eth_getTransactionReceipt' && 'result' in answer
        ? { result: { ...(answer.result as object), status: '0x1' } }
        : answer;
    };
    expect(commands(await ordersAfter(failed))).to.deep.equal(['open']);
    expect(await ordersAfter(() => send(seal(json), null, 1_000_000n)), 'a creation').to.deep.equal([]);
  });

  it('finds the one order among hundreds of blocks without reading them', async () => {
    const mine = (blocks: number) => rpc(host.devnet.rpcUrl, 'anvil_mine', [toHex(blocks)]);
    const orders = await ordersAfter(async () => {
      await mine(333);
      await send(seal(json));
      await mine(222);
      await send('0x0102030405');
      await mine(111);
      node.asked.length = 0;
    });
    expect(commands(orders)).to.deep.equal(['open']);
    const read = node.asked.filter((method) => method === 'eth_getBlockByNumber').length;
    expect(read, 'blocks').to.be.at.most(16);
    expect(node.asked.length, 'requests').to.be.at.most(60);
  });

  it('reads all blocks of a node that keeps no old state, and asks for fewer when they are many', async () => {
    node.answer = async ({ method }) =>
      method === 'eth_getTransactionCount'
        ? { error: { code: -32000, message: 'missing trie node' } }
        : undefined;
    const from = (await height()) + 1;
    await send(seal(json));
    await rpc(host.devnet.rpcUrl, 'anvil_mine', [toHex(99)]);
    expect(commands(await transport.scan(from, from + 99, envelope))).to.deep.equal(['open']);
    await rpc(host.devnet.rpcUrl, 'anvil_mine', [toHex(1)]);
    const error = await transport.scan(from, from + 100, envelope).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'chain.range-too-large');
  });

  it('does not know what a node says whose receipt is missing or of another block', async () => {
    const from = (await height()) + 1;
    await send(seal(json));
    for (const change of [
      () => null,
      (result: object) => ({ ...result, blockHash: `0x${'12'.repeat(32)}` }),
    ]) {
      node.answer = async (request, ask) => {
        const answer = await ask(request);
        return request.method === 'eth_getTransactionReceipt' && 'result' in answer
          ? { result: change(answer.result as object) }
          : answer;
      };
      const error = await transport.scan(from, from, envelope).catch((thrown: unknown) => thrown);
      expect(error).to.have.property('code', 'chain.unreachable');
    }
  });

  it('refuses to scan with what is no server key, before it asks anybody', async () => {
    node.asked.length = 0;
    const bad = { ...envelope, serverKey: 'no key' };
    const error = await transport.scan(0, 1, bad).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code').that.is.a('string');
    expect(node.asked).to.deep.equal([]);
  });

  it('seals no order that it would not take', async () => {
    for (const order of [
      { command: '', parameters: {}, issuedAt: 1 },
      { command: 'x'.repeat(65), parameters: {}, issuedAt: 1 },
      { command: 'x', parameters: {}, issuedAt: 1.5 },
    ]) {
      const error = await transport.seal(order, envelope).catch((thrown: unknown) => thrown);
      expect(error).to.have.property('code', 'chain.bad-order');
    }
  });
});
