import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ChainEngine, ChainEngineCapabilities } from '@blockhost/kernel';
import { expect } from 'chai';
import {
  type Abi,
  type Address,
  createTestClient,
  encodeAbiParameters,
  encodeDeployData,
  encodeErrorResult,
  encodeFunctionData,
  getAddress,
  type Hex,
  http,
  parseAbi,
  publicActions,
  size,
  toHex,
} from 'viem';
import { openMarket, type TestMarket } from './market.js';
import { found, type ReadyHost, readyHost } from './ready-host.js';
import { sendRaw } from './send-raw.js';

const { tokenFacts } = (await import(
  join(import.meta.dirname, '../../../plugins/hosting/dist/wallets/asset.js')
)) as { tokenFacts(token: string, chain: ChainEngine): Promise<{ symbol: string; decimals: number } | null> };

const require = createRequire(import.meta.url);
const testPair = require('@blockhost/contracts-evm/testing/TestPair.json') as Artifact;
const testToken = require('@blockhost/contracts-evm/testing/TestToken.json') as Artifact;

const testReceiver = require('@blockhost/contracts-evm/testing/TestReceiver.json') as Artifact;
const testBystander = require('@blockhost/contracts-evm/testing/TestBystander.json') as Artifact;

type Artifact = { readonly abi: Abi; readonly bytecode: Hex };
type Engine = ChainEngine & Partial<ChainEngineCapabilities>;
const methods = parseAbi(['function addPaymentMethod(address token, address pair, address stablecoin)']);
const AMOUNT = 1_000n;
/** Modes of the test token. */
const MODE = { standard: 0, noAnswer: 1, fee: 3, reverts: 5 };

/** Code that gives these bytes to whoever calls, or refuses the call with them. */
function saying(answer: Hex, how: 'return' | 'revert' = 'return'): Hex {
  const length = toHex(size(answer), { size: 2 }).slice(2);
  return `0x61${length}80600c6000396000${how === 'return' ? 'f3' : 'fd'}${answer.slice(2)}`;
}

const text = (words: string) => encodeAbiParameters([{ type: 'string' }], [words]);
const number = (value: bigint) => encodeAbiParameters([{ type: 'uint256' }], [value]);

describe('an EVM engine among hostile tokens', function () {
  this.timeout(30_000);
  let host: ReadyHost;
  let engine: Engine;
  let market: TestMarket;

  before(async () => {
    host = await readyHost();
    market = await openMarket(host.devnet);
    engine = await host.engineVia([host.devnet.rpcUrl], { uniswap_v2: market.section });
  });
  after(() => host.stop());

  const node = () =>
    createTestClient({ mode: 'anvil', transport: http(host.devnet.rpcUrl) }).extend(publicActions);
  const send = (to: string | null, data: Hex) =>
    sendRaw(host.devnet.rpcUrl, { key: String(host.devnet.answers.deployer_key), to, data });

  async function deploy({ abi, bytecode }: Artifact, ...args: unknown[]) {
    const hash = await send(null, encodeDeployData({ abi, bytecode, args }));
    const { contractAddress } = await node().getTransactionReceipt({ hash });
    return contractAddress as Address;
  }
  /** A token of that mode of which the owner has some. */
  async function newToken(mode: number): Promise<Address> {
    const token = await deploy(testToken, 18, mode);
    await send(token, encode(testToken, 'mint', host.owner.address, AMOUNT));
    return token;
  }
  const encode = ({ abi }: Artifact, functionName: string, ...args: unknown[]) =>
    encodeFunctionData({ abi, functionName, args });
  async function withCode(bytecode: Hex): Promise<Address> {
    const { address } = engine.keys.generate();
    await node().setCode({ address: address as Address, bytecode });
    return address as Address;
  }
  const codeOf = (error: unknown) => (error as { code?: string } | null)?.code;
  const signed = (token: string) =>
    engine.transactions
      .sign(engine.funds.sendToken(token, engine.keys.generate().address, AMOUNT), host.owner)
      .then(
        () => 'signed',
        (error: unknown) => codeOf(error),
      );

  it('sends a token that answers nothing, and one that answers true', async () => {
    expect(await signed(await newToken(MODE.standard))).to.equal('signed');
    expect(await signed(await newToken(MODE.noAnswer))).to.equal('signed');
    expect(await signed(await newToken(MODE.fee))).to.equal('signed');
  });

  it('signs no transfer that a token would refuse by answering false, nor an allowance', async () => {
    const token = await withCode(saying(number(0n)));
    expect(await signed(token)).to.equal('chain.would-revert');
    const [allow] = found((await engine.swap?.approval(token, 1n, host.owner.address)) ?? { kind: 'absent' });
    if (!allow) return expect.fail('nothing is to be allowed');
    const error = await engine.transactions.sign(allow, host.owner).catch((thrown: unknown) => thrown);
    expect(codeOf(error)).to.equal('chain.would-revert');
  });

  it('signs no transfer that a token refuses, and says that it is the token', async () => {
    expect(await signed(await newToken(MODE.reverts))).to.equal('chain.would-revert');
    expect(await signed(await withCode(saying('0x', 'revert')))).to.equal('chain.would-revert');
  });

  it('takes for no token what has no decimals, too many, or a tantrum', async () => {
    const tantrum = encodeErrorResult({ abi: parseAbi(['error Error(string)']), args: ['no\u001b[2J'] });
    for (const [what, code] of Object.entries({
      'refuses without a word': saying('0x', 'revert'),
      'refuses with a text': saying(tantrum, 'revert'),
      'refuses with an error of its own': saying('0xdeadbeef', 'revert'),
      'answers nothing': saying('0x'),
      'has 256 decimals': saying(number(256n)),
      'has more decimals than a number holds': saying(number(2n ** 255n)),
    }))
      expect(await engine.funds.tokenFacts(await withCode(code)), what).to.deep.equal({ kind: 'absent' });
  });

  it('bears any symbol, and shows it in printable letters only', async () => {
    // The first word of a text is 32: the decimals that this code answers too.
    for (const [symbol, shown] of [
      ['EVIL\n\u001b[31m\u202eUSD', 'EVIL??[31m?USD'],
      ['X'.repeat(20_000), 'X'.repeat(24)],
      ['', '?'],
    ] as const) {
      const token = await withCode(saying(text(symbol)));
      expect(await tokenFacts(token, engine)).to.deep.include({ symbol: shown, decimals: 32 });
    }
  });

  it('knows a token whose symbol cannot be read', async () => {
    for (const answer of [number(18n), `${number(18n)}${'f'.repeat(64)}` as Hex])
      expect(await tokenFacts(await withCode(saying(answer)), engine)).to.deep.include({
        symbol: '?',
        decimals: 18,
      });
  });

  it('knows no worth of a token whose pair is empty, and no offer for it', async () => {
    const contract = engine.chain.contracts?.subscriptions ?? '';
    const stable = String(host.devnet.answers.stablecoin);
    const token = await newToken(MODE.standard);
    const pair = await deploy(testPair, token, stable);
    await send(pair, encode(testPair, 'setReserves', 10n ** 18n, 10n ** 12n));
    await send(contract, encodeFunctionData({ abi: methods, args: [token, pair, stable as Address] }));
    const method = found(await engine.funds.paymentMethods()).find((each) =>
      engine.addresses.same(each.token, token),
    );
    if (!method) return expect.fail('the method was not added');
    expect(await engine.funds.valueInCents(method, 10n ** 18n)).to.have.property('kind', 'present');
    for (const reserves of [
      [0n, 0n],
      [0n, 10n ** 12n],
      [10n ** 18n, 0n],
    ]) {
      await send(pair, encode(testPair, 'setReserves', ...reserves));
      expect(await engine.funds.valueInCents(method, 10n ** 18n), `${reserves}`).to.deep.equal({
        kind: 'absent',
      });
    }
    expect(await engine.swap?.quote(token, 1n)).to.deep.equal({ kind: 'absent' });
  });

  it('signs no mint to a contract that takes no credentials, and names the reason', async () => {
    const mint = async (artifact: Artifact, ...args: unknown[]) =>
      engine.transactions
        .sign(engine.credentials.mint(getAddress(await deploy(artifact, ...args)), '0x'), host.owner)
        .then(
          () => 'signed',
          (error: unknown) => String(error),
        );
    expect(await mint(testReceiver, true)).to.equal('signed');
    expect(await mint(testReceiver, false)).to.include('no tokens, please');
    expect(await mint(testBystander)).to.include('cannot receive credentials');
  });

  it('pays no contract for burning gas while it receives a credential', async () => {
    // Hashes two megabytes, then answers as ERC-721 wants it.
    const burner = await withCode('0x621e84806000205063150b7a0260e01b60005260206000f3');
    const draft = engine.credentials.mint(burner, '0x');
    const error = await engine.transactions.sign(draft, host.owner).catch((thrown: unknown) => thrown);
    expect(codeOf(error)).to.equal('chain.would-revert');
    expect(String(error)).to.include('gas');
    const large = engine.credentials.mint(engine.keys.generate().address, `0x${'ab'.repeat(1_000)}`);
    expect((await engine.transactions.sign(large, host.owner)).from).to.equal(host.owner.address);
  });

  it('tells a balance that a token does not tell from an outage', async () => {
    const tantrum = encodeErrorResult({ abi: parseAbi(['error Error(string)']), args: ['no'] });
    const balance = async (code: Hex) =>
      engine.funds.tokenBalance(await withCode(code), host.owner.address).catch(codeOf);
    expect(await balance(saying(tantrum, 'revert'))).to.equal('chain.bad-token');
    expect(await balance(saying('0xdeadbeef', 'revert'))).to.equal('chain.bad-token');
    // What a node says that fails inside: nobody can tell.
    for (const code of [saying('0x', 'revert'), saying('0x')])
      expect(await balance(code)).to.have.property('kind', 'unknown');
    expect(await engine.funds.tokenBalance(await newToken(MODE.fee), host.owner.address)).to.deep.equal({
      kind: 'present',
      value: AMOUNT,
    });
  });
});
