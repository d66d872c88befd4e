import type { ChainEngine, ChainEngineCapabilities, PaymentMethod } from '@blockhost/kernel';
import { expect } from 'chai';
import { encodeFunctionData, parseAbi, parseEther, toHex } from 'viem';
import { rpc } from './evm-host.js';
import { FaultyNode } from './faulty-node.js';
import { openMarket, type TestMarket } from './market.js';
import { found, type ReadyHost, readyHost } from './ready-host.js';
import { sendRaw } from './send-raw.js';

const methodsAbi = parseAbi([
  'function addPaymentMethod(address token, address pair, address stablecoin) returns (uint256)',
  'function updatePaymentMethod(uint256 id, bool active)',
]);
const DOLLAR = 1_000_000n;

describe('money on an EVM chain', function () {
  this.timeout(30_000);
  let host: ReadyHost;
  let market: TestMarket;
  let engine: ChainEngine & Partial<ChainEngineCapabilities>;

  before(async () => {
    host = await readyHost();
    market = await openMarket(host.devnet);
    engine = await host.engineVia([host.devnet.rpcUrl], { uniswap_v2: market.section });
  });
  after(() => host.stop());

  async function asOwner(functionName: 'addPaymentMethod' | 'updatePaymentMethod', args: readonly unknown[]) {
    const data = encodeFunctionData({ abi: methodsAbi, functionName, args } as Parameters<
      typeof encodeFunctionData
    >[0]);
    const to = engine.chain.contracts?.subscriptions ?? '';
    await sendRaw(host.devnet.rpcUrl, { key: String(host.devnet.answers.deployer_key), to, data });
  }

  const methodOf = async (token: string): Promise<PaymentMethod> => {
    const method = found(await engine.funds.paymentMethods()).find((one) => one.token === token);
    if (!method) throw new Error(`no method for ${token}`);
    return method;
  };

  it('lists a token that is taken by its pair, and values it by the contract, in whole cents', async () => {
    const { token, pair } = await market.newToken({ tokens: 3_000n, stable: 1_000_000n });
    await asOwner('addPaymentMethod', [token, pair, market.section.usdc]);
    const method = await methodOf(token);
    expect(method).to.deep.equal({ id: 2n, token, decimals: 18, active: true });
    // 333.33… dollars: the contract answers 33,333 cents.
    for (const [amount, cents] of [
      [10n ** 18n, 33_333n],
      [10n ** 18n - 1n, 33_332n],
      [10n ** 27n, 33_333n * 10n ** 9n],
      [1n, 0n],
    ] as const)
      expect(found(await engine.funds.valueInCents(method, amount)), String(amount)).to.equal(cents);
  });

  it('goes on listing and valuing a token that is no longer taken', async () => {
    const { token, pair } = await market.newToken({ tokens: 1_000n, stable: 20_000n });
    await asOwner('addPaymentMethod', [token, pair, market.section.usdc]);
    const { id } = await methodOf(token);
    await asOwner('updatePaymentMethod', [id, false]);
    const method = await methodOf(token);
    expect(method.active).to.equal(false);
    expect(found(await engine.funds.valueInCents(method, 10n ** 18n))).to.equal(2_000n);
  });

  it('knows no price of a token that is worth less than a cent', async () => {
    const { token, pair } = await market.newToken({ tokens: 10_000_000n, stable: 20_000n });
    await asOwner('addPaymentMethod', [token, pair, market.section.usdc]);
    expect(await engine.funds.valueInCents(await methodOf(token), 10n ** 24n)).to.deep.equal({
      kind: 'absent',
    });
  });

  it('values coins by the reserves of the pair alone, rounded down', async () => {
    for (const [coins, stable, amount, cents, liquidityCents] of [
      [parseEther('4'), 10_000n * DOLLAR, parseEther('1'), 250_000n, 1_000_000n],
      [parseEther('4'), 10_000n * DOLLAR - 1n, parseEther('1'), 249_999n, 999_999n],
      [parseEther('3'), 10_000n * DOLLAR, 10n ** 27n, 333_333_333_333_333n, 1_000_000n],
      [parseEther('3'), 10_000n * DOLLAR, 1n, 0n, 1_000_000n],
    ] as const) {
      await market.setReserves({ coins, stable });
      expect(found((await engine.swap?.valueOfNative(amount)) ?? { kind: 'absent' })).to.deep.equal({
        cents,
        liquidityCents,
      });
    }
  });

  it('quotes what the market gives, and nothing for a token it does not trade', async () => {
    await market.setReserves({ coins: parseEther('4'), stable: 10_000n * DOLLAR });
    const amount = 20n * DOLLAR;
    // Uniswap V2 core, section 3.2.1: 0.3 % of what comes in stays out of the product.
    const wanted = (amount * 997n * parseEther('4')) / (10_000n * DOLLAR * 1_000n + amount * 997n);
    const { usdc, weth } = market.section;
    expect(await engine.swap?.quote(usdc, amount)).to.deep.equal({ kind: 'present', value: wanted });
    expect(await engine.swap?.quote(usdc, 0n)).to.deep.equal({ kind: 'present', value: 0n });
    expect(await engine.swap?.quote(weth, amount)).to.deep.equal({ kind: 'absent' });
    const { token } = await market.newToken({ tokens: 10n, stable: 10n });
    expect(await engine.swap?.quote(token, amount)).to.deep.equal({ kind: 'absent' });
  });

  it('knows neither price nor exchange on a chain without a market', async () => {
    const { swap, plans, keys } = await host.engineVia([host.devnet.rpcUrl]);
    if (!swap) return expect.fail('the capability is declared');
    const token = found(await plans.stablecoin());
    const { address } = keys.generate();
    expect(await swap.quote(token, DOLLAR)).to.deep.equal({ kind: 'absent' });
    expect(await swap.valueOfNative(1n)).to.deep.equal({ kind: 'absent' });
    expect(await swap.approval(token, 1n, address)).to.deep.equal({ kind: 'absent' });
    expect(() => swap.exchange({ token, amount: 1n, minimumOut: 1n, to: address, deadline: 1 }))
      .to.throw()
      .with.property('code', 'chain.no-market');
  });

  it('tells when the settings name a pair of something else', async () => {
    const { pair } = await market.newToken({ tokens: 10n, stable: 10n });
    const { swap } = await host.engineVia([host.devnet.rpcUrl], {
      uniswap_v2: { ...market.section, usdc_weth_pair: pair },
    });
    const error = await swap?.valueOfNative(1n).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'chain.bad-market');
  });

  it('reckons a transfer at the present price of gas and a tenth', async () => {
    const plain = found(await engine.funds.transferFee());
    const { baseFeePerGas } = await rpc<{ baseFeePerGas: string }>(
      host.devnet.rpcUrl,
      'eth_getBlockByNumber',
      ['latest', false],
    );
    const tip = await rpc<string>(host.devnet.rpcUrl, 'eth_maxPriorityFeePerGas');
    expect(plain).to.equal((21_000n * (BigInt(baseFeePerGas) + BigInt(tip)) * 11n + 9n) / 10n);
  });

  it('adds what the chain below asks for data, where there is such a fee, also before it signs', async () => {
    const dataFee = 10n ** 15n;
    // Returns that number whatever it is asked.
    await rpc(host.devnet.rpcUrl, 'anvil_setCode', [
      '0x420000000000000000000000000000000000000F',
      '0x66038d7ea4c6800060005260206000f3',
    ]);
    const base = await FaultyNode.start(host.devnet.rpcUrl);
    try {
      base.answer = async ({ method }) => (method === 'eth_chainId' ? { result: toHex(8453) } : undefined);
      const { funds, keys, transactions } = await host.engineVia([base.url], { chain_id: 8453 });
      const plain = found(await engine.funds.transferFee());
      const fee = found(await funds.transferFee());
      expect(fee - plain).to.equal((dataFee * 11n) / 10n);

      const key = keys.parse(keys.generate().text);
      const draft = funds.sendNative(key.address, 1n);
      const purse = (amount: bigint) =>
        rpc(host.devnet.rpcUrl, 'anvil_setBalance', [key.address, toHex(amount)]);
      await purse(1n + fee);
      expect((await transactions.sign(draft, key)).from).to.equal(key.address);
      await purse(1n + plain);
      const error = await transactions.sign(draft, key).catch((thrown: unknown) => thrown);
      expect(error).to.have.property('code', 'chain.insufficient-funds');
    } finally {
      await base.stop();
    }
  });

  it('says that it does not know when a node is behind the others', async () => {
    const [behind, right] = [
      await FaultyNode.start(host.devnet.rpcUrl),
      await FaultyNode.start(host.devnet.rpcUrl),
    ];
    try {
      const both = await host.engineVia([right.url, behind.url], { uniswap_v2: market.section });
      found(await both.blocks.head());
      behind.answer = async ({ method }) => {
        if (method === 'eth_blockNumber') return { result: toHex(1) };
        return method === 'eth_getCode' ? { result: '0x' } : undefined;
      };
      right.fault = 'refuse';
      const { address } = both.keys.generate();
      const stranger = { id: 99n, token: address, decimals: 18, active: true };
      const answers = {
        owners: await both.credentials.owners([0n]),
        isContract: await both.accounts.isContract(engine.chain.contracts?.credentials ?? ''),
        valueInCents: await both.funds.valueInCents(stranger, 1n),
        quote: await both.swap?.quote(address, 1n),
        approval: await both.swap?.approval(market.section.usdc, 0n, address),
      };
      for (const [member, answer] of Object.entries(answers))
        expect(answer, member).to.have.property('kind', 'unknown');
      right.fault = 'none';
      expect(found(await both.accounts.isContract(engine.chain.contracts?.credentials ?? ''))).to.equal(true);
    } finally {
      await behind.stop();
      await right.stop();
    }
  });

  it('asks few questions for many owners', async () => {
    const node = await FaultyNode.start(host.devnet.rpcUrl);
    try {
      const counted = await host.engineVia([node.url]);
      found(await counted.blocks.head());
      const before = node.asked.length;
      const owners = found(
        await counted.credentials.owners(Array.from({ length: 250 }, (_, at) => BigInt(at))),
      );
      expect(owners).to.have.length(250);
      expect(owners[0]).to.equal((await host.devnet.customer('admin')).address);
      expect(owners.slice(1).every((owner) => owner === null)).to.equal(true);
      expect(node.asked.length - before, 'requests').to.be.at.most(4);
    } finally {
      await node.stop();
    }
  });
});
