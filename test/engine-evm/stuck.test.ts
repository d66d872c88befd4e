import {
  type Settlement,
  type SignedTransaction,
  type SigningKey,
  settle,
  systemClock,
} from '@blockhost/kernel';
import { expect } from 'chai';
import { parseTransaction, toHex } from 'viem';
import { rpc } from './evm-host.js';
import { found, type ReadyHost, readyHost } from './ready-host.js';

const AMOUNT = 5n;

function feeOf(signed: SignedTransaction | null): bigint {
  return parseTransaction((signed?.raw ?? '0x') as `0x${string}`).maxFeePerGas ?? 0n;
}

describe('a transaction that an EVM chain leaves lying', function () {
  this.timeout(30_000);
  let host: ReadyHost;
  let engine: Awaited<ReturnType<ReadyHost['engineVia']>>;
  let key: SigningKey;
  let recipient: string;
  let saved: SignedTransaction[];

  before(async () => {
    host = await readyHost();
    engine = await host.engineVia([host.devnet.rpcUrl]);
  });
  after(() => host.stop());

  const node = <T>(method: string, ...params: unknown[]) => rpc<T>(host.devnet.rpcUrl, method, params);
  const setBalance = (amount: bigint) => node('anvil_setBalance', key.address, toHex(amount));

  beforeEach(async () => {
    await node('evm_setAutomine', false);
    const wallet = engine.keys.generate();
    key = engine.keys.parse(wallet.text);
    recipient = engine.keys.generate().address;
    saved = [];
    await setBalance(10n ** 20n);
    await cheapBlock();
  });
  afterEach(() => node('evm_setAutomine', true));

  /** Blocks that are too dear for what was signed before. */
  async function dearBlocks(count: number): Promise<void> {
    for (let made = 0; made < count; made += 1) {
      await node('anvil_setNextBlockBaseFeePerGas', toHex(10n ** 12n));
      await node('anvil_mine', '0x1');
    }
  }

  async function cheapBlock(): Promise<void> {
    await node('anvil_setNextBlockBaseFeePerGas', toHex(10n ** 9n));
    await node('anvil_mine', '0x1');
  }

  function order(change: Partial<Settlement> = {}): Settlement {
    return {
      transactions: engine.transactions,
      draft: engine.funds.sendNative(recipient, AMOUNT),
      key,
      bump: async () => key,
      confirmations: 1,
      timeoutMs: 15_000,
      pollMs: 20,
      clock: systemClock,
      signal: AbortSignal.timeout(20_000),
      journal: { load: async () => saved.at(-1) ?? null, save: async (signed) => void saved.push(signed) },
      walletLock: (act) => act(),
      ...change,
    };
  }

  async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 10_000;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error('it did not come about');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  const isHeld = async (hash: string | undefined) =>
    hash !== undefined && (await node('eth_getTransactionByHash', hash)) !== null;

  it('gets a higher fee with the same nonce, recipient and amount, and is paid once', async () => {
    const settled = settle(order());
    await until(() => isHeld(saved[0]?.hash));
    await dearBlocks(11);
    await until(() => isHeld(saved[1]?.hash));
    await node('anvil_mine', '0x1');
    const { transaction } = await settled;
    expect(transaction.hash).to.equal(saved[1]?.hash);
    expect(found(await engine.funds.nativeBalance(recipient))).to.equal(AMOUNT);

    const [first, second] = saved.slice(0, 2).map(({ raw }) => parseTransaction(raw as `0x${string}`));
    for (const field of ['nonce', 'to', 'value', 'data', 'gas', 'chainId'] as const)
      expect(second?.[field], field).to.equal(first?.[field]);
    expect((second?.maxFeePerGas ?? 0n) > 10n ** 12n, 'at least the price of now').to.equal(true);
    expect(await engine.transactions.lookup(saved[0] as SignedTransaction)).to.include({
      state: 'superseded',
    });
  });

  it('stays as it is while it has not lain ten blocks, and when the wallet has no more', async () => {
    const signed = await engine.transactions.sign(order().draft, key);
    await engine.transactions.broadcast(signed);
    await dearBlocks(9);
    expect(await engine.transactions.bump(signed, key)).to.equal(null);
    await dearBlocks(1);
    const stranger = engine.keys.parse(engine.keys.generate().text);
    const refusal = await engine.transactions.bump(signed, stranger).catch((thrown: unknown) => thrown);
    expect(refusal).to.have.property('code', 'chain.wrong-key');
    const raised = await engine.transactions.bump(signed, key);
    expect(raised?.signedAtHeight, 'mints are searched from there').to.equal(signed.signedAtHeight);
    await setBalance(BigInt(signed.maxFee) + AMOUNT);
    expect(await engine.transactions.bump(signed, key)).to.equal(null);
  });

  it('offers an eighth more at least, and all that the wallet has at most', async () => {
    const signed = await engine.transactions.sign(order().draft, key);
    await engine.transactions.broadcast(signed);
    await dearBlocks(10);
    const old = feeOf(signed);
    // The price of now lies between what an eighth more would be and what the wallet can pay.
    await setBalance(21_000n * old * 2n + AMOUNT);
    expect(feeOf(await engine.transactions.bump(signed, key))).to.equal(old * 2n);
    await cheapBlock();
    expect(feeOf(await engine.transactions.bump(signed, key))).to.equal((old * 9n) / 8n + 1n);
  });

  it('is refused as too cheap, not as wrong, while prices are high', async () => {
    const signed = await engine.transactions.sign(order().draft, key);
    await dearBlocks(1);
    const error = await engine.transactions.broadcast(signed).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'chain.underpriced');
    await cheapBlock();
    await engine.transactions.broadcast(signed);
    expect(await engine.transactions.lookup(signed)).to.deep.equal({ state: 'pending' });
  });

  it('gets no higher fee once it is mined', async () => {
    const signed = await engine.transactions.sign(order().draft, key);
    await engine.transactions.broadcast(signed);
    await cheapBlock();
    await dearBlocks(10);
    expect(await engine.transactions.lookup(signed)).to.include({ state: 'mined' });
    expect(await engine.transactions.bump(signed, key)).to.equal(null);
  });

  it('is settled by the first version when that one is mined after all', async () => {
    const { transactions } = engine;
    const lost: Settlement['transactions'] = {
      ...transactions,
      bump: transactions.bump,
      sign: transactions.sign,
      lookup: transactions.lookup,
      // The network loses every version but the first.
      broadcast: async (signed) => (signed.earlier ? undefined : transactions.broadcast(signed)),
    };
    const settled = settle(order({ transactions: lost }));
    await until(() => isHeld(saved[0]?.hash));
    await dearBlocks(11);
    await until(() => saved.length === 2);
    // The node has thrown it away as too cheap; another one has kept it.
    await cheapBlock();
    await transactions.broadcast(saved[0] as SignedTransaction);
    await cheapBlock();
    const { transaction } = await settled;
    expect(transaction.hash).to.equal(saved[0]?.hash);
    expect(saved.at(-1)?.hash, 'the journal ends with what was mined').to.equal(transaction.hash);
    expect(found(await engine.funds.nativeBalance(recipient))).to.equal(AMOUNT);
  });
});
